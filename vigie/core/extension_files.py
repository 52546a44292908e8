"""Imports the files of a folder of extensions: every file is one, by its own name."""

import importlib
import pkgutil
from types import ModuleType

# What a file raises when it is imported with a mistake in it.
MISTAKES = (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, LookupError)


def import_files(package: ModuleType) -> dict[str, ModuleType | Exception]:
    """Return the module of each file in the package's folder by name, or the exception that its import raised."""
    modules: dict[str, ModuleType | Exception] = {}
    for name in sorted(entry.name for entry in pkgutil.iter_modules(package.__path__)):
        try:
            modules[name] = importlib.import_module(f"{package.__name__}.{name}")
        except MISTAKES as error:
            modules[name] = error
    return modules


def import_problem(error: Exception) -> str:
    """Return in a sentence why a file can't be imported."""
    return f"it can't be imported: {type(error).__name__}: {error}"
