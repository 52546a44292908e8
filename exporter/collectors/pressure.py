"""node_pressure_*: time in which tasks waited for CPU, memory or I/O (PSI, Documentation/accounting/psi.rst)."""

import errno
import re

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family

MICROSECONDS = 1_000_000


def _counter(name: str, help_text: str) -> Family:
    return Family(f"node_pressure_{name}_seconds_total", "counter", help_text, form="%.6f")


# The file and the line (`some` task waited, or all were stalled: `full`) of each family.
FAMILIES = {
    ("cpu", b"some"): _counter("cpu_waiting", "Total time in seconds that processes have waited for CPU time"),
    ("io", b"some"): _counter("io_waiting", "Total time in seconds that processes have waited due to IO congestion"),
    ("io", b"full"): _counter(
        "io_stalled", "Total time in seconds no process could make progress due to IO congestion"
    ),
    ("memory", b"some"): _counter("memory_waiting", "Total time in seconds that processes have waited for memory"),
    ("memory", b"full"): _counter(
        "memory_stalled", "Total time in seconds no process could make progress due to memory congestion"
    ),
    ("irq", b"full"): _counter(
        "irq_stalled", "Total time in seconds no process could make progress due to IRQ congestion"
    ),
}
TOTAL = re.compile(rb"^(some|full) .*\btotal=(\d+)$", re.MULTILINE)


def parse(text: bytes) -> dict[bytes, int]:
    """Return the microseconds of each line by its first word; raise ValueError when there is none."""
    totals = {kind: int(total) for kind, total in TOTAL.findall(text)}
    if not totals:
        raise ValueError(f"expected `some … total=N`, got {text[:80]!r}")
    return totals


class Pressure(Collector):
    """Exposes the totals of each resource that this kernel accounts for."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = {name: roots.file("pressure", name) for name in ("cpu", "io", "memory", "irq")}
        self._blocks = {key: Block(family) for key, family in FAMILIES.items()}

    def page(self) -> bytes:
        """Return the counters; raise NotApplicableError when the kernel has no PSI, or has it turned off."""
        parts = []
        for resource, file in self._files.items():
            try:
                totals = parse(file.read())
            except FileNotFoundError:
                continue
            except OSError as error:
                if error.errno == errno.EOPNOTSUPP:
                    raise NotApplicableError("PSI is off: boot with psi=1") from error
                raise
            for kind, total in totals.items():
                block = self._blocks.get((resource, kind))
                parts.append(block.render([()], [total / MICROSECONDS]) if block else b"")
        if not parts:
            raise NotApplicableError("/proc/pressure: Linux 4.20 with CONFIG_PSI")
        return b"".join(parts)
