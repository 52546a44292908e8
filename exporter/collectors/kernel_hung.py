"""node_kernel_hung_tasks_total: tasks that the kernel found hanging (Linux 6.12 or newer)."""

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family

HUNG = Family(
    "node_kernel_hung_tasks_total",
    "counter",
    "Total number of tasks that have been detected as hung since the system booted.",
)


class KernelHung(Collector):
    """Exposes hung_task_detect_count (Documentation/admin-guide/sysctl/kernel.rst)."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("sys", "kernel", "hung_task_detect_count")
        self._block = Block(HUNG)

    def page(self) -> bytes:
        """Return the counter; raise NotApplicableError on a kernel that does not count."""
        try:
            return self._block.render([()], [int(self._file.read())])
        except FileNotFoundError as error:
            raise NotApplicableError("/proc/sys/kernel/hung_task_detect_count") from error
