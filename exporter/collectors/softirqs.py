"""node_softirqs_functions_total: softirqs by CPU and kind, from /proc/softirqs."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, digits

TOTAL = Family("node_softirqs_functions_total", "counter", "Softirq counts per CPU.", ("cpu", "type"), form="%b")


def parse(text: bytes) -> tuple[list[tuple[str, str]], list[bytes]]:
    """Return (cpu, type) of each count, and the counts; raise ValueError when it is not such a table."""
    header, *lines = text.splitlines() or [b""]
    cpus = [str(int(cpu.removeprefix(b"CPU"))) for cpu in header.split()]
    keys: list[tuple[str, str]] = []
    counts: list[bytes] = []
    for line in lines:
        name, _, rest = line.partition(b":")
        row = rest.split()
        if not cpus or len(row) != len(cpus):
            raise ValueError(f"/proc/softirqs: expected a count for each of {len(cpus)} CPUs, got {line[:80]!r}")
        kind = name.strip().decode("utf-8", "replace")
        keys += [(cpu, kind) for cpu in cpus]
        counts += row
    return keys, list(digits(counts)) if counts else []


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
