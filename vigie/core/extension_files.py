"""Imports extensions: the files of a folder, each by its own name, and an operator's file by its path."""

import importlib
import importlib.util
import pkgutil
from pathlib import Path
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


def import_path(module_name: str, path: Path) -> ModuleType:
    """Return the module of a file that lies in no package; raises what the file raises."""
    specification = importlib.util.spec_from_file_location(module_name, path)
    assert specification is not None, "expected a file of Python"
    assert specification.loader is not None, "a file of Python has a loader"
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def import_problem(error: Exception) -> str:
    """Return in a sentence why a file can't be imported."""
    return f"it can't be imported: {type(error).__name__}: {error}"
