"""Gives each collector what its constructor names, by type, so that a collector knows nothing that it does not use."""

from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from exporter.base.calls import Clock, DBusCalls, EthtoolCalls, FileSystems, Identity, Netlink, NtpCalls
from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.base.shared import LinkList, ProcessList, Shared, SharedFiles

T = TypeVar("T", bound=Collector)
CALLS = (Clock, DBusCalls, EthtoolCalls, FileSystems, Identity, Netlink, NtpCalls)


class Supplies:
    """What collectors of one host share: its roots, its system calls, and what is read once in a scrape."""

    def __init__(self, *given: object) -> None:
        """Take what differs from the running machine, such as other `Roots` or an `Inventory`; one of each type."""
        by_type: dict[type, object] = {kind: kind() for kind in (Roots, *CALLS)}
        by_type |= {type(supply): supply for supply in given}
        roots: Any = by_type[Roots]
        for shared in (SharedFiles(roots.proc), ProcessList(roots.proc), LinkList()):
            by_type.setdefault(type(shared), shared)
        self._by_type = by_type
        self._shared = [supply for supply in by_type.values() if isinstance(supply, Shared)]

    def make(self, kind: type[T], options: object = None) -> T:
        """Return a collector of that class; raise TypeError when it names what nobody supplies.

        A parameter whose type is `X | None` gets None where there is no X.
        """
        hints = get_type_hints(kind.__init__)
        named = {name: hint for name, hint in hints.items() if name not in {"options", "return"}}
        return kind(**{name: self._find(kind, hint) for name, hint in named.items()}, options=options)

    def begin_scrape(self) -> None:
        """Let what is read once in a scrape be read again."""
        for shared in self._shared:
            shared.begin_scrape()

    def close(self) -> None:
        """Give back what is kept between scrapes."""
        for shared in self._shared:
            shared.close()

    def _find(self, kind: type[Collector], hint: Any) -> Any:
        for kind_named in get_args(hint) or (hint,):
            if kind_named in self._by_type:
                return self._by_type[kind_named]
        if NoneType in get_args(hint):
            return None
        names = ", ".join(sorted(supply.__name__ for supply in self._by_type))
        raise TypeError(f"{kind.__module__}: nobody supplies {hint!r}; expected one of {names}")
