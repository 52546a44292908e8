"""Looks at Consul beside the blocking queries: whether its index went back, what we may read, which nodes exist."""

import queue
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import Struct

from discovery.consul.blocking_query import Failure
from discovery.consul.connection import Connection, ConsulError
from discovery.consul.records import instance, node_names, rows
from discovery.consul.updates import Doubt, Witness

CANARY = "consul"  # every server registers itself; no instance of it means that we aren't allowed to see it


class Known(Struct, frozen=True):
    """By what a look recognises Consul: the index of its services, and the IDs of its servers' nodes."""

    index: int = 0
    servers: frozenset[str] = frozenset()


class Looked(Struct, frozen=True):
    """What a look found, what the next one compares with, and the datacenter ("" when no server is to be seen)."""

    witness: Witness
    known: Known
    dc: str


class Proved(NamedTuple):
    """What a service's instances are, read so that it proves something."""

    service: str
    body: bytes
    at: float


class _Wish(NamedTuple):
    with_nodes: bool = False
    proofs: frozenset[str] = frozenset()


class Lookout(threading.Thread):
    """Looks every interval, and at once when asked."""

    def __init__(
        self,
        connection: Connection,
        post: Callable[[Looked | Proved | Failure], None],
        interval_seconds: float,
        known: Known,
    ) -> None:
        super().__init__(daemon=True)
        self._connection, self._post, self._interval_seconds, self._known = connection, post, interval_seconds, known
        self._asked: queue.SimpleQueue[_Wish] = queue.SimpleQueue()

    def ask(self, *, with_nodes: bool, proofs: frozenset[str] = frozenset()) -> None:
        """Look now; read the nodes as well when told, and prove what instances these services have."""
        self._asked.put(_Wish(with_nodes, proofs))

    def run(self) -> None:
        """Look for ever."""
        wish = _Wish()
        while True:
            try:
                looked = look(self._connection, self._known, with_nodes=wish.with_nodes)
                self._known = looked.known
                self._post(looked)
                if looked.witness.doubt is None:
                    self._prove(wish.proofs)
            except ConsulError as error:
                self._post(Failure(error.reason, str(error), is_look=True))
            except msgspec.DecodeError as error:
                self._post(Failure("answer", str(error), is_look=True))
            wish = self._wait()

    def _prove(self, services: frozenset[str]) -> None:
        for name in sorted(services):
            at = time.time()
            answer = self._connection.proven_instances(name)
            if not answer.known_leader:
                raise ConsulError("no_leader", "Consul answers without a leader")
            self._post(Proved(name, answer.body, at))

    def _wait(self) -> _Wish:
        """Return what the next look is to read besides, when it is time or somebody asks."""
        try:
            wish = self._asked.get(timeout=self._interval_seconds)
            while not self._asked.empty():
                more = self._asked.get()
                wish = _Wish(wish.with_nodes or more.with_nodes, wish.proofs | more.proofs)
        except queue.Empty:
            return _Wish()
        return wish


def look(connection: Connection, known: Known, *, with_nodes: bool) -> Looked:
    """Return what Consul's plain reads say now; raise ConsulError, also when no leader is known.

    Blocking answers prove nothing: Consul 1.22 serves them from its streaming backend even without a leader.
    """
    at = time.time()
    services = connection.services()
    canary = connection.instances(CANARY)
    if not (services.known_leader and canary.known_leader):
        raise ConsulError("no_leader", "Consul answers without a leader")
    servers = [instance(row).node for _, row in rows(canary.body)]
    found = Known(services.index, frozenset(server.id for server in servers) or known.servers)
    nodes = node_names(connection.nodes().body) if with_nodes else None
    doubt = _doubt(known, found, is_blind=not servers)
    return Looked(Witness(at=at, doubt=doubt, nodes=nodes), found, servers[0].datacenter if servers else "")


def _doubt(known: Known, found: Known, *, is_blind: bool) -> Doubt | None:
    """Return what speaks against Consul; servers that are all strangers are a Consul that began anew."""
    if found.index < known.index or (known.servers and not known.servers & found.servers):
        return "index"
    return "canary" if is_blind else None
