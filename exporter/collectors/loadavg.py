"""node_load*: the load averages of /proc/loadavg."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family

BLOCK = (
    Family("node_load1", "gauge", "1m load average.", form="%b"),
    Family("node_load5", "gauge", "5m load average.", form="%b"),
    Family("node_load15", "gauge", "15m load average.", form="%b"),
)


def parse(text: bytes) -> list[bytes]:
    """Return the three averages as the kernel prints them; raise ValueError when they aren't numbers."""
    averages = text.split()[:3]
    if len(averages) != 3:
        raise ValueError(f"expected three load averages, got {text[:80]!r}")
    for average in averages:
        float(average)
    return averages


class Loadavg(Collector):
    """Exposes node_load1, node_load5, node_load15."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("loadavg")
        self._block = Block(*BLOCK)

    def page(self) -> bytes:
        """Return the three gauges."""
        return self._block.render([()], parse(self._file.read()))
