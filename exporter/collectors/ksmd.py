"""node_ksmd_*: what the kernel's merging of equal memory pages does, from /sys/kernel/mm/ksm."""

from collections.abc import Iterable

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import KernelFile


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"node_ksmd_{name}", "gauge", help_text)


# The files (Documentation/admin-guide/mm/ksm.rst), each with its family and how many of its units make one of ours.
FILES = {
    "full_scans": (
        Family("node_ksmd_full_scans_total", "counter", "How many times all mergeable areas have been scanned."),
        1,
    ),
    "general_profit": (
        _gauge(
            "general_profit_bytes",
            "How effective is KSM. ksm_saved_pages * sizeof(page) - (all_rmap_items) * sizeof(rmap_item)",
        ),
        1,
    ),
    "merge_across_nodes": (
        _gauge("merge_across_nodes", "Specifies if pages from different NUMA nodes can be merged."),
        1,
    ),
    "pages_shared": (_gauge("pages_shared", "How many shared pages are being used."), 1),
    "pages_sharing": (_gauge("pages_sharing", "How many more sites are sharing them i.e. how much saved."), 1),
    "pages_to_scan": (_gauge("pages_to_scan", "How many pages to scan before ksmd goes to sleep."), 1),
    "pages_unshared": (_gauge("pages_unshared", "How many pages unique but repeatedly checked for merging."), 1),
    "pages_volatile": (_gauge("pages_volatile", "How many pages changing too fast to be placed in a tree."), 1),
    "run": (_gauge("run", "The status of ksmd. stopped = 0, running = 1"), 1),
    "sleep_millisecs": (_gauge("sleep_seconds", "How many seconds ksmd should sleep before next scan."), 1000),
}


class Ksmd(Collector):
    """Exposes each of the files that this kernel has."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        folder = roots.sys / "kernel" / "mm" / "ksm"
        self._files = [(KernelFile(folder / name), *how) for name, how in FILES.items() if (folder / name).exists()]

    def collect(self) -> Iterable[Sample]:
        """Yield the values; raise NotApplicableError on a kernel without KSM, OSError or ValueError."""
        if not self._files:
            raise NotApplicableError("no /sys/kernel/mm/ksm")
        for file, family, divisor in self._files:
            value = int(file.read())
            yield Sample(family, value if divisor == 1 else value / divisor)

    def close(self) -> None:
        """Give the descriptors back."""
        for file, _, _ in self._files:
            file.close()
