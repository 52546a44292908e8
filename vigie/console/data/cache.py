"""Keeps answers for a moment, so that viewers share them: each is asked for once at a time, the last good one stays."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, NamedTuple, TypeVar

from vigie.core.http.fetch_failure import FetchError

T = TypeVar("T")
ENTRIES = 300
BEHIND = 4  # so many times its freshness old, an answer is still given at once while a new one is fetched


class Reading(NamedTuple, Generic[T]):
    """What a source last said, when (seconds since the epoch, 0 for never), and why it says nothing newer."""

    value: T | None
    at: float
    error: str = ""


class Pending(Generic[T]):
    """A reading that may still be on its way."""

    def __init__(self, entry: "_Entry", flight: "Future[None] | None") -> None:
        self._entry, self._flight = entry, flight

    def get(self) -> Reading[T]:
        """Return the reading, after its fetching ended."""
        if self._flight is not None:
            self._flight.result()
        return self._entry.reading


class _Entry:
    def __init__(self) -> None:
        self.reading: Reading[Any] = Reading(None, 0.0)
        self.tried_at = float("-inf")
        self.flight: Future[None] | None = None


class Cache:
    """Answers by key; `load` functions run on a few threads of ours and raise FetchError."""

    def __init__(self, fresh_seconds: float, threads: int = 24, clock: Callable[[], float] = time.monotonic) -> None:
        self._fresh_seconds, self._clock = fresh_seconds, clock
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="source")
        self.loads = self.failures = 0

    def ask(self, key: Hashable, load: Callable[[], T]) -> Pending[T]:
        """Return what `key` stands for, fetching it unless it is fresh or on its way.

        One that is a little old is given at once, and a new one fetched for who asks next.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            self._forget()
            age = self._clock() - entry.tried_at
            if entry.flight is None and age > self._fresh_seconds:
                self.loads += 1
                entry.flight = self._pool.submit(self._load, entry, load)
            may_wait = entry.reading.at == 0 or age > BEHIND * self._fresh_seconds
            return Pending(entry, entry.flight if may_wait else None)

    def drop(self, key: Hashable) -> None:
        """Forget an answer that somebody has just made wrong."""
        with self._lock:
            self._entries.pop(key, None)

    def close(self) -> None:
        """End the threads, when what they do is done."""
        self._pool.shutdown(cancel_futures=True)

    def _load(self, entry: _Entry, load: Callable[[], Any]) -> None:
        reading = entry.reading._replace(error="it could not be read")
        try:
            reading = Reading(load(), time.time())
        except FetchError as error:
            reading = entry.reading._replace(error=str(error))
            self.failures += 1
        finally:  # also after a mistake of ours, which who waits gets to see
            with self._lock:
                entry.reading, entry.tried_at, entry.flight = reading, self._clock(), None

    def _forget(self) -> None:
        while len(self._entries) > ENTRIES:
            self._entries.popitem(last=False)


def read_all(pending: Mapping[str, Pending[Any]]) -> dict[str, Reading[Any]]:
    """Wait for the answers and return them by name."""
    return {name: answer.get() for name, answer in pending.items()}
