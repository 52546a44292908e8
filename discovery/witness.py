"""Looks at Consul beside the blocking queries: whether its index went back, what we may read, which nodes exist."""

import queue
import threading
import time
from collections.abc import Callable

import msgspec
from msgspec import Struct

from discovery.catalog import instance, node_names, rows
from discovery.consul import Connection, ConsulError
from discovery.polling import Failure
from discovery.state import Doubt, Witness

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


class Lookout(threading.Thread):
    """Looks every interval, and at once when asked."""

    def __init__(
        self, connection: Connection, post: Callable[[Looked | Failure], None], interval_seconds: float, known: Known
    ) -> None:
        super().__init__(daemon=True)
        self._connection, self._post, self._interval_seconds, self._known = connection, post, interval_seconds, known
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def ask(self, *, with_nodes: bool) -> None:
        """Look now, and read the nodes as well when told."""
        self._asked.put(with_nodes)

    def run(self) -> None:
        """Look for ever."""
        with_nodes = False
        while True:
            try:
                looked = look(self._connection, self._known, with_nodes=with_nodes)
                self._known = looked.known
                self._post(looked)
            except ConsulError as error:
                self._post(Failure(error.reason, str(error)))
            except msgspec.DecodeError as error:
                self._post(Failure("answer", str(error)))
            with_nodes = self._wait()

    def _wait(self) -> bool:
        """Return whether the next look needs the nodes, when it is time or somebody asks."""
        try:
            with_nodes = self._asked.get(timeout=self._interval_seconds)
            while not self._asked.empty():
                with_nodes |= self._asked.get()
        except queue.Empty:
            return False
        return with_nodes


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
