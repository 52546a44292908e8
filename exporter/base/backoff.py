"""How long to pause between tries: longer after each failure, and with jitter."""

import random

FIRST_SECONDS = 0.5


class Backoff:
    """Pauses that double from half a second up to the longest.

    Jitter keeps a fleet from coming back to a restarted server in one instant.
    """

    def __init__(self, longest_seconds: float) -> None:
        self._longest_seconds = longest_seconds
        self._seconds = FIRST_SECONDS

    def reset(self) -> None:
        """Begin with short pauses again."""
        self._seconds = FIRST_SECONDS

    def next_seconds(self) -> float:
        """Return how long to pause now."""
        pause_seconds = random.uniform(0.5, 1.0) * self._seconds  # noqa: S311 - not a secret
        self._seconds = min(self._longest_seconds, self._seconds * 2)
        return pause_seconds
