"""Looks names up without ever keeping the loop waiting for long."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LookupTimeoutError

WAIT_SECONDS = 1.0
VALID_SECONDS = 300.0
PAUSE_SECONDS = 60.0  # after a name server that did not answer in time
MAX_NAMES = 10_000


def look_up(name: str) -> tuple[str, ...]:
    """Return the addresses of a name, none when it has none."""
    try:
        return tuple(str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return ()


class NameResolver:
    """Remembers what names resolved to; a name server that is away delays nothing, and forbids nothing."""

    def __init__(self, look_up: Callable[[str], tuple[str, ...]] = look_up) -> None:
        self._look_up = look_up
        self._pool: ThreadPoolExecutor | None = None
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._paused_until = 0.0

    def __call__(self, name: str) -> tuple[str, ...]:
        """Return the addresses that a name has now, none when that can't be told in time."""
        now = time.monotonic()
        at, addresses = self._known.get(name, (-VALID_SECONDS, ()))
        if now - at < VALID_SECONDS or now < self._paused_until:
            return addresses
        if self._pool is None:
            self._pool = ThreadPoolExecutor(2, thread_name_prefix="names")
        if len(self._known) >= MAX_NAMES:
            self._known.clear()
        try:
            addresses = self._pool.submit(self._look_up, name).result(WAIT_SECONDS)
        except LookupTimeoutError:
            self._paused_until = now + PAUSE_SECONDS
            return addresses
        self._known[name] = now, addresses
        return addresses
