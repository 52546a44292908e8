"""One thread that follows one endpoint of Consul by blocking queries, and reports when its content changed."""

import hashlib
import math
import random
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from discovery.consul.connection import Answer, Connection, ConsulError
from discovery.consul.updates import ReadFailure
from vigie.core.supervised_thread import OnRestart, keep_running

FIRST_BACKOFF_SECONDS = 0.25


class QueryTiming(NamedTuple):
    """How long a query waits, the shortest time between two, and the longest pause after failures; in seconds."""

    watch_timeout_seconds: float
    read_interval_seconds: float
    max_backoff_seconds: float
    first_wait_seconds: float = math.inf  # of a query's first wait, which then doubles up to `watch_timeout_seconds`


# (connection, index, wait in seconds) to the answer
Fetch = Callable[[Connection, int, float], Answer]
# (the answer, None when its content is unchanged, or a failure; when it came, in seconds since the epoch)
OnAnswer = Callable[[Answer | ReadFailure | None, float], None]


class BlockingQuery(threading.Thread):
    """Follows an endpoint until `stop`; `reset` makes it read everything anew, whatever it waits for."""

    def __init__(
        self,
        connection: Connection,
        fetch: Fetch,
        on_answer: OnAnswer,
        timing: QueryTiming,
        on_restart: OnRestart = lambda _: None,
    ) -> None:
        super().__init__(daemon=True)  # a query that waits for ten minutes never delays the end of the program
        self._waits = 0
        self.has_answered = False  # whether the last read worked
        self._on_restart = on_restart
        self._connection, self._fetch, self._on_answer, self._timing = connection, fetch, on_answer, timing
        self._stopped = threading.Event()
        self._resets = 0
        self._acknowledged_resets = 0

    def run(self) -> None:
        """Read until stopped."""
        keep_running("query", self._follow, self._on_restart)
        self._connection.close()

    def _follow(self) -> None:
        index, digest, failures, resets = 0, b"", 0, 0
        while not self._stopped.is_set():
            if resets != self._resets:
                index, digest, failures, resets = 0, b"", 0, self._resets
                self._acknowledged_resets = resets
            try:
                answer = self._fetch(self._connection, index, self._wait_seconds())
            except ConsulError as error:
                if resets != self._resets or self._stopped.is_set():
                    continue  # `reset` or `stop` aborted this read
                failures += 1
                self.has_answered = False
                index = 0  # a Consul that began anew would hold an old index for the whole wait
                self._on_answer(ReadFailure(error.reason, str(error)), time.time())
                self._stopped.wait(self._backoff_seconds(failures))
                continue
            if resets != self._resets:
                continue
            index = answer.index if answer.index >= index else 0
            failures = 0
            self.has_answered = True
            new_digest = hashlib.blake2b(answer.body, digest_size=16).digest() + bytes([answer.is_filtered])
            # The index moves for many reasons; only content counts.
            self._on_answer(None if new_digest == digest else answer, time.time())
            digest = new_digest
            self._stopped.wait(self._timing.read_interval_seconds)

    def reset(self) -> None:
        """Forget the index and read anew at once."""
        self._resets += 1
        self._connection.abort()

    def stop(self) -> None:
        """End the thread soon; it reports nothing more once it has noticed."""
        self._stopped.set()
        self._connection.abort()

    def nudge(self) -> None:
        """Abort once more when `reset` or `stop` fell into the moment between two reads and went unnoticed."""
        if self._stopped.is_set() or self._acknowledged_resets != self._resets:
            self._connection.abort()

    def _wait_seconds(self) -> float:
        timing = self._timing
        longest: float = min(timing.watch_timeout_seconds, timing.first_wait_seconds * 2 ** min(self._waits, 10))
        self._waits += 1
        return longest * random.uniform(0.8, 1)  # noqa: S311 - jitter is no secret

    def _backoff_seconds(self, failures: int) -> float:
        longest: float = min(self._timing.max_backoff_seconds, FIRST_BACKOFF_SECONDS * 2 ** min(failures, 10))
        return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter is no secret
