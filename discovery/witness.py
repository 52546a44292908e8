"""Looks at Consul beside the blocking queries: whether its index went back, what we may read, which nodes exist."""

import queue
import threading
import time
from collections.abc import Callable

import msgspec
from msgspec import Struct

from discovery.catalog import instance, node_names, rows
from discovery.consul import Connection, ConsulError
from discovery.guard import Doubt, Witness
from discovery.polling import Failure

CANARY = "consul"  # every server registers itself; no instance of it means that we aren't allowed to see it


class Looked(Struct, frozen=True):
    """What a look found, and the index from which the next one notices that it went back."""

    witness: Witness
    index: int
    dc: str


class Lookout(threading.Thread):
    """Looks every interval, and at once when asked."""

    def __init__(
        self, connection: Connection, post: Callable[[Looked | Failure], None], interval_seconds: float, index: int
    ) -> None:
        super().__init__(daemon=True)
        self._connection, self._post, self._interval_seconds, self._index = connection, post, interval_seconds, index
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def ask(self, *, with_nodes: bool) -> None:
        """Look now, and read the nodes as well when told."""
        self._asked.put(with_nodes)

    def run(self) -> None:
        """Look for ever."""
        with_nodes = False
        while True:
            try:
                looked = look(self._connection, self._index, with_nodes=with_nodes)
                self._index = looked.index
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


def look(connection: Connection, last_index: int, *, with_nodes: bool) -> Looked:
    """Return what Consul's plain reads say now; raise ConsulError, also when no leader is known.

    Blocking answers prove nothing: Consul 1.22 serves them from its streaming backend even without a leader. The
    index is that of the table of checks, read with the state that is usually the emptiest.
    """
    at = time.time()
    checks = connection.checks("warning")
    canary = connection.instances(CANARY)
    if not (checks.known_leader and canary.known_leader):
        raise ConsulError("no_leader", "Consul answers without a leader")
    doubt: Doubt | None = None
    if checks.index < last_index:
        doubt = "index"
    servers = [instance(row) for _, row in rows(canary.body)]
    if doubt is None and not servers:
        doubt = "canary"
    nodes = node_names(connection.nodes().body) if with_nodes else None
    return Looked(Witness(at=at, doubt=doubt, nodes=nodes), checks.index, servers[0].node.datacenter if servers else "")
