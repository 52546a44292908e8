"""Reads the services that have no blocking query of their own: on request, in rounds over all, and once in a sweep."""

import hashlib
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from discovery.consul.access import Access
from discovery.consul.connection import Answer, Connection, ConsulError
from discovery.consul.updates import ReadFailure
from vigie.core.supervised_thread import OnRestart, supervised_thread

READERS = 4
RETRY_SECONDS = 1.0
# After a round readers rest for as long as it took, within these bounds: at most half of the time is spent in rounds.
MIN_REST_SECONDS = 0.2
MAX_REST_SECONDS = 10.0
FIRST, ASKED, ROUND = 0, 1, 2  # what is read first: what is new, what has changed, what may have

# (service, the changed answer or a failure, when it came in seconds since the epoch)
OnInstances = Callable[[str, Answer | ReadFailure, float], None]


class _Order(NamedTuple):
    priority: int
    number: int
    service: str


class ServiceReaders:
    """A few threads that read followed services; an answer whose content is that of before is not reported.

    `read_round` has all of them read soon, those first that have changed last. Rounds never overlap, and between two
    of them there is a rest: orders that come meanwhile make one further round.
    """

    def __init__(
        self, access: Access, on_instances: OnInstances, sweep_interval_seconds: float, on_restart: OnRestart
    ) -> None:
        self._access, self._on_instances, self._on_restart = access, on_instances, on_restart
        self._sweep_interval_seconds = sweep_interval_seconds
        self._followed: frozenset[str] = frozenset()
        self._queue: queue.PriorityQueue[_Order] = queue.PriorityQueue()
        self._queued: dict[str, int] = {}  # the priority with which each is queued
        self._number = 0
        self._digests: dict[str, bytes] = {}
        self._changed_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._round_wanted = threading.Event()
        self._has_started = False

    def follow(self, services: Iterable[str]) -> None:
        """Follow these services from now on, and read the new ones at once."""
        services = frozenset(services)
        with self._lock:
            new, gone = services - self._followed, self._followed - services
            self._followed = services
            for name in gone:
                self._digests.pop(name, None)
                self._changed_at.pop(name, None)
        if services and not self._has_started:
            self._has_started = True
            for name, work in (*[("reader", self._read)] * READERS, ("round", self._rounds), ("sweep", self._sweep)):
                supervised_thread(name, work, self._on_restart).start()
        self._request(new, FIRST)

    def request(self, services: Iterable[str]) -> None:
        """Read those of `services` that are followed, soon."""
        self._request(services, ASKED)

    def read_round(self) -> None:
        """Read all of them soon: something changed, and nobody knows what."""
        self._round_wanted.set()

    def reset(self) -> None:
        """Read all of them anew, and report each whatever it was before."""
        with self._lock:
            self._digests.clear()
        self.read_round()

    def _request(self, services: Iterable[str], priority: int) -> None:
        with self._lock:
            for name in services:
                if name in self._followed and self._queued.get(name, ROUND + 1) > priority:
                    self._queued[name] = priority
                    self._number += 1
                    self._queue.put(_Order(priority, self._number, name))

    def _read(self) -> None:
        connection = Connection(self._access)
        try:
            while True:
                self._read_next(connection)
        finally:
            connection.close()

    def _read_next(self, connection: Connection) -> None:
        order = self._queue.get()
        with self._lock:
            if self._queued.get(order.service) != order.priority:
                return  # it was read in the meantime, by a more urgent order
            del self._queued[order.service]  # a change from here on is another order
        try:
            answer = connection.instances(order.service)
        except ConsulError as error:
            self._on_instances(order.service, ReadFailure(error.reason, str(error)), time.time())
            time.sleep(RETRY_SECONDS)
            self._request([order.service], ASKED)
            return
        if self._has_changed(order.service, answer):
            self._on_instances(order.service, answer, time.time())

    def _has_changed(self, service: str, answer: Answer) -> bool:
        digest = hashlib.blake2b(answer.body, digest_size=16).digest() + bytes([answer.is_filtered])
        with self._lock:
            if service not in self._followed or self._digests.get(service) == digest:
                return False
            if service in self._digests:
                self._changed_at[service] = time.monotonic()
            self._digests[service] = digest
        return True

    def _rounds(self) -> None:
        while True:
            self._round_wanted.wait()
            self._round_wanted.clear()
            started_at = time.monotonic()
            with self._lock:
                services = sorted(self._followed, key=lambda name: -self._changed_at.get(name, 0))
            self._request(services, ROUND)
            while any(priority == ROUND for priority in list(self._queued.values())):
                time.sleep(MIN_REST_SECONDS / 4)
            time.sleep(min(MAX_REST_SECONDS, max(MIN_REST_SECONDS, time.monotonic() - started_at)))

    def _sweep(self) -> None:
        """Request each service in turn, in case that a change was never told."""
        while True:
            services = sorted(self._followed)
            for name in services:
                self._request([name], ROUND)
                time.sleep(self._sweep_interval_seconds / len(services))
            time.sleep(0 if services else self._sweep_interval_seconds)
