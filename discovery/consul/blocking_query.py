"""One thread that follows one endpoint of Consul by blocking queries, and says when its content changed."""

import hashlib
import random
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from discovery.consul.connection import Answer, Connection, ConsulError


class Pace(NamedTuple):
    """How gently to read, in seconds: the wait of a query, the shortest time between two, the longest retry pause."""

    wait_seconds: float
    interval_seconds: float
    retry_max_seconds: float


class Failure(NamedTuple):
    """A read that failed: why in one word, the detail for the log, and whether it was a look at Consul itself."""

    reason: str
    detail: str
    is_look: bool = False


# (connection, index, wait in seconds) to the answer
Fetch = Callable[[Connection, int, float], Answer]
# (what changed, or that it is unchanged: None, or a failure; when the answer came, in seconds since the epoch)
Post = Callable[[bytes | Failure | None, float], None]


class Poll(threading.Thread):
    """Follows an endpoint until `stop`; `reset` makes it read everything anew, whatever it waits for."""

    def __init__(self, connection: Connection, fetch: Fetch, post: Post, pace: Pace) -> None:
        super().__init__(daemon=True)  # a query that waits for ten minutes never holds the end of the program
        self._connection, self._fetch, self._post, self._pace = connection, fetch, post, pace
        self._stopped = threading.Event()
        self._resets = 0
        self._acknowledged = 0

    def run(self) -> None:
        """Read until stopped."""
        index, digest, failures, resets = 0, b"", 0, 0
        while not self._stopped.is_set():
            if resets != self._resets:
                index, digest, failures, resets = 0, b"", 0, self._resets
                self._acknowledged = resets
            wait_seconds = self._pace.wait_seconds * random.uniform(0.8, 1)  # noqa: S311 - jitter is no secret
            try:
                answer = self._fetch(self._connection, index, wait_seconds)
            except ConsulError as error:
                if resets != self._resets or self._stopped.is_set():
                    continue  # we ended that read ourselves
                failures += 1
                index = 0  # an empty Consul would hold an old index for the whole wait
                self._post(Failure(error.reason, str(error)), time.time())
                self._stopped.wait(self._retry_seconds(failures))
                continue
            if resets != self._resets:
                continue
            index = answer.index if answer.index >= index else 0
            failures = 0
            found = hashlib.blake2b(answer.body, digest_size=16).digest()
            # The index moves for many reasons; only content counts.
            self._post(None if found == digest else answer.body, time.time())
            digest = found
            self._stopped.wait(self._pace.interval_seconds)
        self._connection.close()

    def reset(self) -> None:
        """Forget the index and read anew at once."""
        self._resets += 1
        self._connection.abort()

    def stop(self) -> None:
        """End the thread soon; nothing is posted any more once it has noticed."""
        self._stopped.set()
        self._connection.abort()

    def nudge(self) -> None:
        """Abort once more when `reset` or `stop` fell into the moment between two reads and went unnoticed."""
        if self._stopped.is_set() or self._acknowledged != self._resets:
            self._connection.abort()

    def _retry_seconds(self, failures: int) -> float:
        longest: float = min(self._pace.retry_max_seconds, 0.25 * 2 ** min(failures, 10))
        return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter is no secret
