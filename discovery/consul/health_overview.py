"""Follows the services that have no long poll of their own: one shared overview, then only what changed is read."""

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct

from discovery.consul.blocking_query import Failure
from discovery.consul.connection import Access, Connection, ConsulError

READERS = 4


class _Check(Struct, frozen=True, rename="pascal"):
    node: str = ""
    check_id: str = msgspec.field(name="CheckID", default="")
    status: str = ""
    service_id: str = msgspec.field(name="ServiceID", default="")
    service_name: str = ""
    create_index: int = 0
    modify_index: int = 0


_CHECKS = msgspec.json.Decoder(list[_Check])

Marks = Mapping[str, int]


def marks(body: bytes) -> Marks:
    """Return a number for each service that changes when one of its checks, or of its nodes' checks, does.

    `body` is the answer of `/v1/health/state/any`; raises msgspec.DecodeError.
    """
    of_nodes: dict[str, int] = defaultdict(int)
    of_services: dict[str, int] = defaultdict(int)
    nodes: dict[str, set[str]] = defaultdict(set)
    for check in _CHECKS.decode(body):
        mark = hash((check.node, check.check_id, check.status, check.create_index, check.modify_index))
        if check.service_name:
            of_services[check.service_name] ^= mark
            nodes[check.service_name].add(check.node)
        else:
            of_nodes[check.node] ^= mark
    return {name: hash((mark, *sorted(of_nodes[node] for node in nodes[name]))) for name, mark in of_services.items()}


def changed(before: Marks, after: Marks) -> set[str]:
    """Return the services whose mark differs, came or went."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


class Readers:
    """A few threads that read services on request, and each of `follow`ed ones once in a sweep."""

    def __init__(
        self, access: Access, post: Callable[[str, bytes | Failure, float], None], sweep_seconds: float
    ) -> None:
        self._access, self._post, self._sweep_seconds = access, post, sweep_seconds
        self._followed: frozenset[str] = frozenset()
        self._wanted: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._waiting: set[str] = set()
        self._threads: list[threading.Thread] = []

    def follow(self, services: Iterable[str]) -> None:
        """Sweep over these services from now on, and read the new ones at once."""
        services = frozenset(services)
        new, self._followed = services - self._followed, services
        if services and not self._threads:
            work = [self._read] * READERS + [self._sweep]
            self._threads = [threading.Thread(target=one, daemon=True) for one in work]
            for thread in self._threads:
                thread.start()
        self.read(new)

    def read(self, services: Iterable[str]) -> None:
        """Read those of `services` that are followed, soon."""
        for name in self._followed.intersection(services):
            if name not in self._waiting:
                self._waiting.add(name)
                self._wanted.put(name)

    def _read(self) -> None:
        connection = Connection(self._access)
        while True:
            name = self._wanted.get()
            self._waiting.discard(name)  # from here on a change is a new wish
            try:
                self._post(name, connection.instances(name).body, time.time())
            except ConsulError as error:
                self._post(name, Failure(error.reason, str(error)), time.time())
                time.sleep(1)
                self.read([name])

    def _sweep(self) -> None:
        """Ask for one service after the other: a service without checks never moves the overview."""
        while True:
            services = sorted(self._followed)
            for name in services:
                self.read([name])
                time.sleep(self._sweep_seconds / len(services))
            time.sleep(0 if services else self._sweep_seconds)
