"""node_softnet_*: network packets by the CPU that took them, from /proc/net/softnet_stat."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, by_family

# softnet_seq_show in net/core/net-procfs.c: the column of each family; later kernels have more columns.
COLUMNS = {
    0: Family("node_softnet_processed_total", "counter", "Number of processed packets", ("cpu",)),
    1: Family("node_softnet_dropped_total", "counter", "Number of dropped packets", ("cpu",)),
    2: Family(
        "node_softnet_times_squeezed_total",
        "counter",
        "Number of times processing packets ran out of quota",
        ("cpu",),
    ),
    8: Family(
        "node_softnet_cpu_collision_total",
        "counter",
        "Number of collision occur while obtaining device lock while transmitting",
        ("cpu",),
    ),
    9: Family("node_softnet_received_rps_total", "counter", "Number of times cpu woken up received_rps", ("cpu",)),
    10: Family(
        "node_softnet_flow_limit_count_total", "counter", "Number of times flow limit has been reached", ("cpu",)
    ),
    11: Family("node_softnet_backlog_len", "gauge", "Softnet backlog status", ("cpu",)),
}
CPU_COLUMN = 12
LEAST_COLUMNS = 9


def parse(text: bytes) -> dict[str, list[int]]:
    """Return each CPU's columns in the order of `COLUMNS`, 0 for those that an old kernel lacks; raise ValueError.

    Unplugged CPUs have no line, so that only newer kernels tell which CPU a line is of.
    """
    rows = {}
    for number, line in enumerate(text.splitlines()):
        cells = [int(cell, 16) for cell in line.split()]
        if len(cells) < LEAST_COLUMNS:
            raise ValueError(f"expected at least {LEAST_COLUMNS} columns, got {line[:80]!r}")
        cpu = cells[CPU_COLUMN] if len(cells) > CPU_COLUMN else number
        rows[str(cpu)] = [cells[column] if column < len(cells) else 0 for column in COLUMNS]
    return rows


class Softnet(Collector):
    """Exposes the counters of each CPU."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("net", "softnet_stat")
        self._block = Block(*COLUMNS.values())

    def page(self) -> bytes:
        """Return the counters."""
        rows = parse(self._file.read())
        return self._block.render([(cpu,) for cpu in rows], by_family(rows.values()))
