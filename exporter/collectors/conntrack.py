"""node_nf_conntrack_*: the connection tracking table, its size and what became of packets."""

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, Series, Sheet
from exporter.parsing.items import UNREADABLE, skip
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import MOST, natural

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
HEXADECIMAL = b"0123456789abcdefABCDEF "
FAMILIES = tuple(Family(f"node_nf_conntrack_stat_{name}", "gauge", text) for name, text in STATISTICS.items())


def parse(text: bytes) -> list[int]:
    """Return the sums over all CPUs in the order of `STATISTICS`, 0 for a column that this kernel lacks.

    A row that holds anything but hexadecimal numbers is skipped; raises ValueError when none is left.
    """
    title, *lines = split_lines(text) or [b""]
    names = split_words(title.decode("ascii"))
    rows = []
    for number, line in enumerate(lines):
        row = [int(cell, 16) for cell in line.split()] if not line.translate(None, HEXADECIMAL) else []
        if len(row) == len(names) and max(row) <= MOST:
            rows.append(row)
        else:
            reason = f"expected {len(names)} columns of hexadecimal digits, got {line[:80]!r}"
            skip(f"/proc/net/stat/nf_conntrack, row {number}", reason)
    if not rows:
        raise ValueError(f"expected a row of hexadecimal numbers for each CPU, got {text[:80]!r}")
    sums = dict(zip(names, map(sum, zip(*rows, strict=True)), strict=True))
    return [sums.get(name, 0) for name in STATISTICS]


class Conntrack(Collector):
    """Exposes the table's size and, where the kernel has CONFIG_NF_CONNTRACK_PROCFS, the sums over all CPUs."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        folder = ("sys", "net", "netfilter")
        self._sizes = [
            (roots.file(*folder, name), family)
            for name, family in zip(("nf_conntrack_count", "nf_conntrack_max"), SIZES, strict=True)
        ]
        self._statistics = roots.file("net", "stat", "nf_conntrack")
        self._block, self._sheet = Block(*SIZES, *FAMILIES), Sheet()

    def page(self) -> bytes:
        """Return the gauges; raise NotApplicableError when connection tracking isn't loaded."""
        values: list[tuple[Series, int]] = []
        absent = 0
        for file, family in self._sizes:
            try:
                values.append(((family, ()), natural(file.read().strip())))
            except FileNotFoundError:
                absent += 1
            except UNREADABLE as error:
                skip(file.path, error)
        if absent == len(self._sizes):
            raise NotApplicableError("nf_conntrack is not loaded")
        try:
            sums = parse(self._statistics.read())
            values += [((family, ()), value) for family, value in zip(FAMILIES, sums, strict=True)]
        except FileNotFoundError:
            pass
        except UNREADABLE as error:
            skip(self._statistics.path, error)
        if len(values) == len(self._block.families):
            return self._block.render([()], [value for _, value in values])
        return self._sheet.render([series for series, _ in values], [value for _, value in values])
