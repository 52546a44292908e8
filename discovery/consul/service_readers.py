"""Reads the services that have no blocking query of their own: on request, and each once in a sweep."""

import queue
import threading
import time
from collections.abc import Callable, Iterable

from discovery.consul.connection import Access, Connection, ConsulError
from discovery.consul.updates import ReadFailure

READERS = 4
RETRY_SECONDS = 1

# (service, its instances or a failure, when the answer came in seconds since the epoch)
OnInstances = Callable[[str, bytes | ReadFailure, float], None]


class ServiceReaders:
    """A few threads that read followed services on request, and each of them once in `sweep_interval_seconds`."""

    def __init__(self, access: Access, on_instances: OnInstances, sweep_interval_seconds: float) -> None:
        self._access, self._on_instances = access, on_instances
        self._sweep_interval_seconds = sweep_interval_seconds
        self._followed: frozenset[str] = frozenset()
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._queued: set[str] = set()
        self._threads: list[threading.Thread] = []

    def follow(self, services: Iterable[str]) -> None:
        """Sweep over these services from now on, and read the new ones at once."""
        services = frozenset(services)
        new, self._followed = services - self._followed, services
        if services and not self._threads:
            loops = [self._read] * READERS + [self._sweep]
            self._threads = [threading.Thread(target=loop, daemon=True) for loop in loops]
            for thread in self._threads:
                thread.start()
        self.request(new)

    def request(self, services: Iterable[str]) -> None:
        """Read those of `services` that are followed, soon."""
        for name in self._followed.intersection(services):
            if name not in self._queued:
                self._queued.add(name)
                self._queue.put(name)

    def _read(self) -> None:
        connection = Connection(self._access)
        while True:
            name = self._queue.get()
            self._queued.discard(name)  # a change from here on is another request
            try:
                self._on_instances(name, connection.instances(name).body, time.time())
            except ConsulError as error:
                self._on_instances(name, ReadFailure(error.reason, str(error)), time.time())
                time.sleep(RETRY_SECONDS)
                self.request([name])

    def _sweep(self) -> None:
        """Request each service in turn: a service without checks never moves the overview."""
        while True:
            services = sorted(self._followed)
            for name in services:
                self.request([name])
                time.sleep(self._sweep_interval_seconds / len(services))
            time.sleep(0 if services else self._sweep_interval_seconds)
