"""A token bucket: how many requests may come, and how many at once."""

import threading
from time import monotonic


class Bucket:
    """Holds up to `burst` tokens; one comes back every `interval_seconds`."""

    def __init__(self, interval_seconds: float, burst: int) -> None:
        self._interval_seconds = interval_seconds
        self._burst = burst
        self._tokens = float(burst)
        self._since = monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a token; return False when there is none."""
        with self._lock:
            now = monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._since) / self._interval_seconds)
            self._since = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
