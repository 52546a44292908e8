"""node_lnstat_*: what network caches count on each CPU, from /proc/net/stat."""

import re
from collections.abc import Iterable, Iterator

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import KernelFile, list_folder
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import hexadecimal

NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_]")


def parse_header(line: bytes) -> list[Family]:
    """Return the family of each column; raise ValueError when there is none, or one twice."""
    names = [NOT_IN_A_NAME.sub("_", word.decode("utf-8", "replace")) for word in split_words(line)]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"/proc/net/stat: expected names of columns, got {line[:80]!r}")
    return [
        Family(f"node_lnstat_{name}_total", "counter", "linux network cache stats", ("subsystem", "cpu"))
        for name in names
    ]


def parse_row(families: list[Family], subsystem: str, cpu: int, line: bytes) -> Iterator[Sample]:
    """Yield what one CPU has counted; raise ValueError for a row that has too many."""
    words = split_words(line)
    if len(words) > len(families):
        raise ValueError(f"expected {len(families)} numbers, got {line[:80]!r}")
    for number, (family, word) in enumerate(zip(families, words, strict=False)):
        with item(f"/proc/net/stat/{subsystem}: row {cpu}, column {number}"):
            yield Sample(family, hexadecimal(word), (subsystem, str(cpu)))


class Lnstat(Collector):
    """Exposes each file of /proc/net/stat: a row of names, and a row of numbers for each CPU."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.proc / "net" / "stat"

    def collect(self) -> Iterable[Sample]:
        """Yield the counters; raise NotApplicableError when nothing counts."""
        names = list_folder(self._folder)
        if not names:
            raise NotApplicableError("/proc/net/stat has no file")
        for name in names:
            with item(self._folder / name):
                yield from self._read(name)

    def _read(self, name: str) -> Iterator[Sample]:
        file = KernelFile(self._folder / name)
        try:
            header, *rows = split_lines(file.read()) or [b""]
        finally:
            file.close()
        families = parse_header(header)
        for cpu, row in enumerate(rows):
            with item(f"/proc/net/stat/{name}: row {cpu}"):
                yield from parse_row(families, name, cpu, row)
