"""How many blocking queries may wait at once: fewer when Consul refuses connections, slowly more again afterwards.

Consul gives each client address 200 connections (`limits.http_max_conns_per_client`), which all that run there share.
"""

import time
from collections.abc import Callable

REFUSALS = frozenset(("too_many_connections", "status_429"))  # reasons of a ConsulError
KEPT_SHARE = 0.75
BURST_SECONDS = 12.0  # the refusals of one moment count as one, until what was given up is free
GROW_AFTER_SECONDS = 300.0
GROW_BY = 4


class ConnectionLimit:
    """The number of blocking queries that Consul gives us, at most as many as the settings say."""

    def __init__(self, maximum: int, now: Callable[[], float] = time.monotonic) -> None:
        self.current = maximum
        self._maximum, self._now = maximum, now
        self._changed_at = now() - BURST_SECONDS

    def refuse(self, answered: int) -> bool:
        """Take over that a connection was refused while `answered` queries wait; return whether the limit fell."""
        now = self._now()
        if now - self._changed_at < BURST_SECONDS:
            return False
        before = self.current
        self.current = max(1, int(min(before, answered or 1) * KEPT_SHARE))
        self._changed_at = now
        return self.current < before

    def grow(self) -> bool:
        """Allow a few more when nothing was refused for a while; return whether the limit rose."""
        now = self._now()
        if self.current >= self._maximum or now - self._changed_at < GROW_AFTER_SECONDS:
            return False
        self.current = min(self._maximum, self.current + GROW_BY)
        self._changed_at = now
        return True
