"""Puts off modules that our libraries import and that the agent never uses, until somebody does use them.

structlog imports asyncio for its asynchronous methods, requests imports idna for host names that aren't ASCII: together
a fourteenth of an agent's memory. (`importlib.util.LazyLoader` won't do before Python 3.12: there any `import` of such
a module already loads it.)
"""

import importlib
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

UNUSED = ("asyncio", "idna")


class Deferred(ModuleType):
    """Stands for a module, and makes room for it when anything of it is wanted."""

    def __getattr__(self, name: str) -> Any:
        """Return the attribute of the real module, which is imported now."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def defer(names: Iterable[str] = UNUSED) -> None:
    """Let each module that isn't loaded yet be loaded at its first use instead of its import."""
    for name in names:
        sys.modules.setdefault(name, Deferred(name))
