"""Puts off modules that our libraries import and that the agent never uses, until somebody does use them.

structlog imports asyncio for its asynchronous methods; requests imports idna for host names that aren't ASCII, and
charset_normalizer to guess the encoding of text that tells none: together an eighth of an agent's memory.
(`importlib.util.LazyLoader` won't do before Python 3.12: there any `import` of such a module already loads it.)
"""

import importlib
import importlib.metadata
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

UNUSED = ("asyncio", "charset_normalizer", "idna")
COMPARED = frozenset(
    {"charset_normalizer"}
)  # when it is imported, requests wants to know the version, and nothing else


class Deferred(ModuleType):
    """Stands for a module, and makes room for it when anything of it is wanted."""

    def __getattr__(self, name: str) -> Any:
        """Return the attribute of the real module, which is imported now."""
        if self.__name__ in COMPARED:
            if name == "__version__":
                return importlib.metadata.version(self.__name__)
            if name == "__path__":  # every `from … import …` asks for it; only who imports a submodule needs it
                raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def defer(names: Iterable[str] = UNUSED) -> None:
    """Let each module that isn't loaded yet be loaded at its first use instead of its import."""
    for name in names:
        sys.modules.setdefault(name, Deferred(name))
