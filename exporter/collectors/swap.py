"""node_swap_*: size and use of each swap device and swap file, from /proc/swaps."""

import re
from collections.abc import Iterable, Iterator

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import whole

LABELS = ("device", "swap_type")
SIZE = Family("node_swap_size_bytes", "gauge", "Swap device size in bytes.", LABELS)
USED = Family("node_swap_used_bytes", "gauge", "Swap device used in bytes.", LABELS)
PRIORITY = Family("node_swap_priority", "gauge", "Swap device priority.", LABELS)
# The kernel prints blank, tab, newline and backslash of a name as octal numbers (swap_show in mm/swapfile.c).
ESCAPED = re.compile(rb"\\([0-7]{3})")


def parse(line: bytes) -> Iterator[Sample]:
    """Yield what a line of /proc/swaps says: name, type, size and use in KiB, priority; raise ValueError."""
    words = split_words(line)
    if len(words) != 5:
        raise ValueError(f"/proc/swaps: expected five words, got {line[:80]!r}")
    size, used, priority = map(whole, words[2:])
    name = ESCAPED.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), words[0])
    labels = (name.decode("utf-8", "replace"), words[1].decode("utf-8", "replace"))
    yield Sample(SIZE, size * 1024, labels)
    yield Sample(USED, used * 1024, labels)
    yield Sample(PRIORITY, priority, labels)


class Swap(Collector):
    """Exposes what is swapped to."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("swaps")

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError when nothing is swapped to."""
        _, *lines = split_lines(self._file.read()) or [b""]
        if not lines:
            raise NotApplicableError("/proc/swaps names no device")
        for line in lines:
            with item(f"/proc/swaps: {line[:80]!r}"):
                yield from parse(line)

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
