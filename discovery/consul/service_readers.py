"""Reads the services that have no blocking query of their own: on request, in rounds over all, and once in a sweep."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable

import msgspec

from discovery.consul.access import Access
from discovery.consul.catalog_overview import digest_catalog
from discovery.consul.connection import Answer, Connection, ConsulError
from discovery.consul.health_overview import Digests, find_changed
from discovery.consul.read_orders import ASKED, FIRST, MASS, ROUND, Order, ReadOrders
from discovery.consul.updates import ReadFailure
from vigie.core.supervised_thread import OnRestart, supervised_thread

READERS = 4
RETRY_SECONDS = 1.0
LARGE_BYTES = 16384  # so much is better compressed on its way
# A catalog of more is read in pieces: at most so much is in memory at once. Some 25,000 instances have so much.
CATALOG_BYTES_MAX = 32 * 1024 * 1024
MASS_COUNT = 200  # so many that change at once keep nothing else waiting
# After a round readers rest for as long as it took, within these bounds: at most half of the time is spent in rounds.
MIN_REST_SECONDS = 0.2
MAX_REST_SECONDS = 10.0

# (service, the changed answer or a failure, when it came in seconds since the epoch)
OnInstances = Callable[[str, Answer | ReadFailure, float], None]


class ServiceReaders:
    """A few threads that read followed services; an answer whose content is that of before is not reported.

    `read_round` has all of them looked at soon: in one answer that holds the whole catalog, and then only what differs
    is read. Where Consul doesn't give that answer, or it is too large, each of them is read, those first that have
    changed last. Rounds never overlap, and between two of them there is a rest: orders that come meanwhile make one
    further round.
    """

    def __init__(
        self, access: Access, on_instances: OnInstances, sweep_interval_seconds: float, on_restart: OnRestart
    ) -> None:
        self._access, self._on_instances, self._on_restart = access, on_instances, on_restart
        self._sweep_interval_seconds = sweep_interval_seconds
        self._followed: frozenset[str] = frozenset()
        self._orders = ReadOrders()
        self._catalog: Digests = {}
        self._reads_catalog = True  # until it was too large once
        self._digests: dict[str, bytes] = {}
        self._changed_at: dict[str, float] = {}
        self._large: set[str] = set()  # services with long answers
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
                self._large.discard(name)
        if services and not self._has_started:
            self._has_started = True
            for name, work in (*[("reader", self._read)] * READERS, ("round", self._rounds), ("sweep", self._sweep)):
                supervised_thread(name, work, self._on_restart).start()
        self._request(new, FIRST)

    def request(self, services: Iterable[str]) -> None:
        """Read those of `services` that are followed, soon; after all others when they are very many."""
        services = self._followed.intersection(services)
        self._request(services, ASKED if len(services) <= MASS_COUNT else MASS)

    def read_round(self) -> None:
        """Look at all of them soon: something changed, and nobody knows what."""
        self._round_wanted.set()

    def reset(self) -> None:
        """Read all of them anew, and report each whatever it was before."""
        with self._lock:
            self._digests.clear()
            self._catalog = {}
        self.read_round()

    def _request(self, services: Iterable[str], priority: int) -> None:
        for name in services:
            if name in self._followed:
                self._orders.put("service", name, priority)

    def _read(self) -> None:
        connection = Connection(self._access)
        try:
            while True:
                order = self._orders.take()
                if order is not None:
                    try:
                        self._carry_out(order, connection)
                    finally:
                        self._orders.done(order)
        finally:
            connection.close()

    def _carry_out(self, order: Order, connection: Connection) -> None:
        try:
            if order.kind == "service":
                self._read_service(order.name, connection)
            else:
                self._begin_round(connection)
        except (ConsulError, msgspec.DecodeError) as error:
            reason = error.reason if isinstance(error, ConsulError) else "answer"
            self._on_instances(order.name, ReadFailure(reason, str(error)), time.time())
            time.sleep(RETRY_SECONDS)
            self._retry(order)

    def _retry(self, order: Order) -> None:
        if order.kind == "service":
            self._request([order.name], ASKED)
        else:
            self._round_wanted.set()

    def _read_service(self, name: str, connection: Connection) -> None:
        if name not in self._followed:
            return  # it has gone since: thousands that vanish keep nobody waiting
        answer = connection.instances(name) if name in self._large else connection.small_instances(name)
        (self._large.add if len(answer.body) > LARGE_BYTES else self._large.discard)(name)
        if self._has_changed(name, answer):
            self._on_instances(name, answer, time.time())

    def _begin_round(self, connection: Connection) -> None:
        """Find what changed by the whole catalog, or have each service read."""
        answer = connection.catalog() if self._reads_catalog else None
        if answer is None:
            self._request(sorted(self._followed, key=lambda name: -self._changed_at.get(name, 0)), ROUND)
            return
        self._reads_catalog = len(answer.body) <= CATALOG_BYTES_MAX
        digests = digest_catalog(answer.body)
        with self._lock:
            before, self._catalog = self._catalog, digests
        self.request(find_changed(before, digests))

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
            self._orders.put("catalog", "", ROUND)
            while self._orders.has_round:
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
