"""How often and how long the engine tries again."""

import time
from collections.abc import Callable, Iterator

import msgspec


class Patience(msgspec.Struct, frozen=True):
    """Attempts in all, and the pause after the first failed one, in seconds; each further pause is twice as long."""

    attempts: int = 5
    first_pause_seconds: float = 0.5
    sleep: Callable[[float], None] = time.sleep

    def pauses_seconds(self) -> Iterator[float]:
        """Yield the pause before each further attempt: one fewer than there are attempts."""
        for number in range(self.attempts - 1):
            yield self.first_pause_seconds * 2**number
