"""Defers the import of modules that our libraries import and that the agent never uses, until they are used.

structlog imports asyncio for its asynchronous methods; requests imports idna for host names that aren't ASCII, and
charset_normalizer to guess an encoding that is not declared: together an eighth of an agent's memory.
(`importlib.util.LazyLoader` won't do before Python 3.12: there any `import` of such a module already loads it.)
"""

import importlib
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

UNUSED = ("asyncio", "charset_normalizer", "idna")
VERSIONED = frozenset({"charset_normalizer"})  # requests reads their version when it is imported, and nothing else


class Deferred(ModuleType):
    """Stands for a module, which is imported at the first use of one of its attributes."""

    def __getattr__(self, name: str) -> Any:
        """Return the attribute of the real module, which is imported now."""
        if self.__name__ in VERSIONED:
            if name == "__version__":
                from importlib import metadata  # noqa: PLC0415 - a fifth of the start of `vigie`; requests alone reads it

                return metadata.version(self.__name__)
            if name == "__path__":  # every `from … import …` reads it; only the import of a submodule needs it
                raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def defer(names: Iterable[str] = UNUSED) -> None:
    """Let each module that isn't loaded yet be loaded when it is first used."""
    for name in names:
        sys.modules.setdefault(name, Deferred(name))
