"""node_zoneinfo_*: the memory zones, their watermarks and pages, from /proc/zoneinfo."""

import re

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Kind, Series, Sheet

NODE = re.compile(rb"Node (\d+), zone +(\w+)")
LABELS = ("node", "zone")


def _family(name: str, help_text: str) -> Family:
    kind: Kind = "counter" if name.endswith("_total") else "gauge"
    return Family(f"node_zoneinfo_{name}", kind, help_text, LABELS)


# The first word of a line (mm/vmstat.c; Documentation/filesystems/proc.rst), and its family. Counts of a node stand
# with the node's first zone.
FAMILIES = {
    b"nr_free_pages": _family("nr_free_pages", "Total number of free pages in the zone"),
    b"min": _family("min_pages", "Zone watermark pages_min"),
    b"low": _family("low_pages", "Zone watermark pages_low"),
    b"high": _family("high_pages", "Zone watermark pages_high"),
    b"scanned": _family("scanned_pages", "Pages scanned since last reclaim"),
    b"spanned": _family("spanned_pages", "Total pages spanned by the zone, including holes"),
    b"present": _family("present_pages", "Physical pages existing within the zone"),
    b"managed": _family("managed_pages", "Present pages managed by the buddy system"),
    b"nr_active_anon": _family("nr_active_anon_pages", "Number of anonymous pages recently more used"),
    b"nr_inactive_anon": _family("nr_inactive_anon_pages", "Number of anonymous pages recently less used"),
    b"nr_isolated_anon": _family("nr_isolated_anon_pages", "Temporary isolated pages from anon lru"),
    b"nr_anon_pages": _family("nr_anon_pages", "Number of anonymous pages currently used by the system"),
    b"nr_anon_transparent_hugepages": _family(
        "nr_anon_transparent_hugepages", "Number of anonymous transparent huge pages currently used by the system"
    ),
    b"nr_active_file": _family("nr_active_file_pages", "Number of active pages with file-backing"),
    b"nr_inactive_file": _family("nr_inactive_file_pages", "Number of inactive pages with file-backing"),
    b"nr_isolated_file": _family("nr_isolated_file_pages", "Temporary isolated pages from file lru"),
    b"nr_file_pages": _family("nr_file_pages", "Number of file pages"),
    b"nr_slab_reclaimable": _family("nr_slab_reclaimable_pages", "Number of reclaimable slab pages"),
    b"nr_slab_unreclaimable": _family("nr_slab_unreclaimable_pages", "Number of unreclaimable slab pages"),
    b"nr_mlock_stack": _family("nr_mlock_stack_pages", "mlock()ed pages found and moved off LRU"),
    b"nr_kernel_stack": _family("nr_kernel_stacks", "Number of kernel stacks"),
    b"nr_mapped": _family("nr_mapped_pages", "Number of mapped pages"),
    b"nr_dirty": _family("nr_dirty_pages", "Number of dirty pages"),
    b"nr_writeback": _family("nr_writeback_pages", "Number of writeback pages"),
    b"nr_unevictable": _family("nr_unevictable_pages", "Number of unevictable pages"),
    b"nr_shmem": _family("nr_shmem_pages", "Number of shmem pages (included tmpfs/GEM pages)"),
    b"nr_dirtied": _family("nr_dirtied_total", "Page dirtyings since bootup"),
    b"nr_written": _family("nr_written_total", "Page writings since bootup"),
    b"numa_hit": _family("numa_hit_total", "Allocated in intended node"),
    b"numa_miss": _family("numa_miss_total", "Allocated in non intended node"),
    b"numa_foreign": _family("numa_foreign_total", "Was intended here, hit elsewhere"),
    b"numa_interleave": _family("numa_interleave_total", "Interleaver preferred this zone"),
    b"numa_local": _family("numa_local_total", "Allocation from local node"),
    b"numa_other": _family("numa_other_total", "Allocation from other node"),
}


def parse(text: bytes) -> tuple[list[Series], list[int]]:
    """Return the series and their values; raise ValueError when a value is no number or comes before any zone."""
    series: list[Series] = []
    values: list[int] = []
    zone: tuple[str, ...] = ()
    for line in text.splitlines():
        if match := NODE.match(line):
            zone = (match[1].decode(), match[2].decode())
            continue
        word, _, rest = line.strip().partition(b" ")
        if (family := FAMILIES.get(word)) is not None:
            samples = [(family, int(rest))]
        elif word == b"protection:":
            numbers = rest.strip(b" ()").split(b",")
            samples = [(_protection(index), int(number)) for index, number in enumerate(numbers)]
        else:
            continue
        if not zone:
            raise ValueError(f"/proc/zoneinfo: expected a zone before {line[:80]!r}")
        series += [(family, zone) for family, _ in samples]
        values += [value for _, value in samples]
    return series, values


def _protection(index: int) -> Family:
    return _family(f"protection_{index}", f"Protection array {index}. field")


class Zoneinfo(Collector):
    """Exposes the pages of each zone."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("zoneinfo")
        self._sheet = Sheet()

    def page(self) -> bytes:
        """Return the gauges and counters."""
        return self._sheet.render(*parse(self._file.read()))

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
