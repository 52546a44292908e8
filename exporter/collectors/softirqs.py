"""node_softirqs_functions_total: softirqs by CPU and kind, from /proc/softirqs."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, digits
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import natural

TOTAL = Family("node_softirqs_functions_total", "counter", "Softirq counts per CPU.", ("cpu", "type"), form="%b")


def parse(text: bytes) -> tuple[list[tuple[str, str]], list[bytes]]:
    """Return (cpu, type) of each count, and the counts; raise ValueError when the first line does not name the CPUs.

    A line without a count for each of them is skipped.
    """
    header, *lines = split_lines(text) or [b""]
    cpus = [str(natural(cpu.removeprefix(b"CPU"))) for cpu in split_words(header)]
    if not cpus or len(set(cpus)) < len(cpus):
        raise ValueError(f"/proc/softirqs: expected `CPU0 CPU1 …`, got {header[:80]!r}")
    keys: list[tuple[str, str]] = []
    counts: list[bytes] = []
    for number, line in enumerate(lines, 2):
        with item(f"/proc/softirqs, line {number}"):
            name, _, rest = line.partition(b":")
            row = digits(split_words(rest))
            if len(row) != len(cpus):
                raise ValueError(f"expected a count for each of {len(cpus)} CPUs, got {line[:80]!r}")
            kind = name.strip(b" ").decode("utf-8", "replace")
            keys += [(cpu, kind) for cpu in cpus]
            counts += row
    return keys, counts


class Softirqs(Collector):
    """Exposes the count of each softirq on each CPU."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("softirqs")
        self._block = Block(TOTAL)

    def page(self) -> bytes:
        """Return the counters."""
        return self._block.render(*parse(self._file.read()))

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
