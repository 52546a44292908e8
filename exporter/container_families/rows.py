"""What one container gives in one scrape: keys of series, and as many numbers."""

from collections.abc import Iterable, Sequence

from exporter.container_families.families import Key

Number = int | float


class Rows:
    """Series of one container, in any order of families."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.values: list[Number] = []

    def add(self, keys: Sequence[Key], values: Iterable[Number]) -> None:
        """Add series with their values, of which there must be as many."""
        self.keys += keys
        self.values += values

    def cut(self, count: int) -> None:
        """Take away what was added after the first `count` series."""
        del self.keys[count:], self.values[count:]
