"""Decides which thread follows what, within a bound on connections for any number of services."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from discovery.consul import health_overview as overview
from discovery.consul.blocking_query import Failure, Pace, Poll
from discovery.consul.connection import Access, Connection
from discovery.consul.consistency_probe import Known, Looked, Lookout, Proved


class Services(NamedTuple):
    """The catalog's list of services, or None when it is unchanged."""

    body: bytes | None
    at: float


class Instances(NamedTuple):
    """A service's instances, or None when they are unchanged."""

    service: str
    body: bytes | None
    at: float


DEAF_AFTER = 2

News = Services | Instances | Looked | Proved | Failure
Post = Callable[[News], None]


class Sizes(NamedTuple):
    """How many services have a long poll of their own; how often, in seconds, to look, and to sweep over the rest."""

    connections: int
    probe_seconds: float
    sweep_seconds: float


class Watching:
    """All threads that read one datacenter; they `post` what they find."""

    def __init__(self, post: Post, access: Access, pace: Pace, *, known: Known, sizes: Sizes) -> None:
        self._post, self._access, self._pace, self._connections = post, access, pace, sizes.connections
        self._polls: dict[str, Poll] = {}
        self._stopped: list[Poll] = []
        self._overview: Poll | None = None
        self._marks: overview.Marks = {}
        self._readers = overview.Readers(access, self._instances, sizes.sweep_seconds)
        self._lookout = Lookout(Connection(access), self._post, sizes.probe_seconds, known)
        self._catalog = Poll(
            Connection(access), lambda connection, *wait: connection.services(*wait), self._services, pace
        )

    def start(self) -> None:
        """Begin to read the list of services, and to look out."""
        self._lookout.start()
        self._catalog.start()

    def follow(self, services: Iterable[str]) -> None:
        """Follow exactly these services: as many as connections allow each on its own, the rest by the overview."""
        wanted = set(services)
        for name in self._polls.keys() - wanted:
            self._stopped.append(self._polls.pop(name))
            self._stopped[-1].stop()
        waiting = sorted(wanted - self._polls.keys())
        free = max(0, self._connections - len(self._polls))
        for name in waiting[:free]:
            self._polls[name] = self._poll(name)
            self._polls[name].start()
        self._readers.follow(waiting[free:])
        if waiting[free:] and self._overview is None:
            self._overview = Poll(
                Connection(self._access),
                lambda connection, *wait: connection.checks("any", *wait),
                self._checks,
                self._pace,
            )
            self._overview.start()

    def ask(self, *, with_nodes: bool = False, proofs: Iterable[str] = ()) -> None:
        """Ask for a witness now, and for proofs of these services."""
        self._lookout.ask(with_nodes=with_nodes, proofs=frozenset(proofs))

    def reset(self) -> None:
        """Read everything anew: what was read before can't be believed."""
        self._marks = {}
        for poll in self._all():
            poll.reset()

    def deaf(self, count: int) -> None:
        """Hear that so many looks in a row reached nobody: then what waits at a mute server may wait in vain."""
        if count == (DEAF_AFTER if len(self._access.urls) == 1 else 1):
            self.reset()  # which also makes each go to the next address

    def nudge(self) -> None:
        """See to it that every thread noticed what it was told; to be called now and then."""
        self._stopped = [poll for poll in self._stopped if poll.is_alive()]
        for poll in (*self._all(), *self._stopped):
            poll.nudge()

    def _all(self) -> tuple[Poll, ...]:
        return (self._catalog, *self._polls.values(), *([self._overview] if self._overview else []))

    def _poll(self, name: str) -> Poll:
        return Poll(
            Connection(self._access),
            lambda connection, *wait: connection.instances(name, *wait),
            lambda body, at: self._instances(name, body, at),
            self._pace,
        )

    def _services(self, body: bytes | Failure | None, at: float) -> None:
        self._post(body if isinstance(body, Failure) else Services(body, at))

    def _instances(self, name: str, body: bytes | Failure | None, at: float) -> None:
        self._post(body if isinstance(body, Failure) else Instances(name, body, at))

    def _checks(self, body: bytes | Failure | None, _at: float) -> None:
        if isinstance(body, Failure):
            self._post(body)
        elif body is not None:
            try:
                found = overview.marks(body)
            except msgspec.DecodeError as error:
                self._post(Failure("answer", str(error)))
                return
            before, self._marks = self._marks, found
            self._readers.read(overview.changed(before, found))
