"""node_nf_conntrack_*: the connection tracking table, its size and what became of packets."""

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family

SIZES = (
    Family(
        "node_nf_conntrack_entries",
        "gauge",
        "Number of currently allocated flow entries for connection tracking.",
    ),
    Family("node_nf_conntrack_entries_limit", "gauge", "Maximum size of connection tracking table."),
)
# The columns of /proc/net/stat/nf_conntrack (ct_cpu_seq_show in nf_conntrack_standalone.c) that are exposed.
STATISTICS = {
    "found": "Number of searched entries which were successful.",
    "invalid": "Number of packets seen which can not be tracked.",
    "ignore": "Number of packets seen which are already connected to a conntrack entry.",
    "insert": "Number of entries inserted into the list.",
    "insert_failed": "Number of entries for which list insertion was attempted but failed.",
    "drop": "Number of packets dropped due to conntrack failure.",
    "early_drop": ("Number of dropped conntrack entries to make room for new ones, if maximum table size was reached."),
    "search_restart": "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
}
FAMILIES = tuple(Family(f"node_nf_conntrack_stat_{name}", "gauge", text) for name, text in STATISTICS.items())


def parse(text: bytes) -> list[int]:
    """Return the sums over all CPUs in the order of `STATISTICS`, 0 for a column that this kernel lacks.

    Raises ValueError when a row holds anything but hexadecimal numbers.
    """
    title, *lines = text.splitlines()
    rows = [[int(cell, 16) for cell in line.split()] for line in lines]
    sums = dict(zip(title.decode("ascii").split(), map(sum, zip(*rows, strict=True)), strict=False))
    return [sums.get(name, 0) for name in STATISTICS]


class Conntrack(Collector):
    """Exposes the table's size and the sums over all CPUs."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        folder = ("sys", "net", "netfilter")
        self._sizes = [roots.file(*folder, "nf_conntrack_count"), roots.file(*folder, "nf_conntrack_max")]
        self._statistics = roots.file("net", "stat", "nf_conntrack")
        self._block = Block(*SIZES, *FAMILIES)

    def page(self) -> bytes:
        """Return the gauges; raise NotApplicableError when connection tracking isn't loaded."""
        try:
            sizes = [int(file.read()) for file in self._sizes]
            statistics = parse(self._statistics.read())
        except FileNotFoundError as error:
            raise NotApplicableError("nf_conntrack is not loaded") from error
        return self._block.render([()], sizes + statistics)
