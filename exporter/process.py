"""process_* and vigie_build_info: the exporter's own cost, under the names that every client library uses."""

import os
import platform
import resource
import time
from pathlib import Path

from exporter.exposition.text import Block, Family, Sample, render
from exporter.kernel.files import KernelFile, list_folder
from vigie import __version__

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
UNLIMITED = 2**64 - 1
FAMILIES = (
    Family("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", form="%.2f"),
    Family("process_max_fds", "gauge", "Maximum number of open file descriptors."),
    Family("process_open_fds", "gauge", "Number of open file descriptors."),
    Family("process_resident_memory_bytes", "gauge", "Resident memory size in bytes."),
    Family(
        "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", form="%.2f"
    ),
    Family("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes."),
    Family("process_virtual_memory_max_bytes", "gauge", "Maximum amount of virtual memory available in bytes."),
)
BUILD_INFO = Family(
    "vigie_build_info", "gauge", "The running version, in its labels; always 1.", ("python_version", "version")
)
# Boards for node_exporter choose their instances by it; the version is ours.
NODE_BUILD_INFO = Family(
    "node_exporter_build_info",
    "gauge",
    "For boards that find instances by it; vigie's version, always 1.",
    ("version",),
)


class Process:
    """The exporter's own process, as /proc/self shows it."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._stat = KernelFile(proc / "self" / "stat")
        self._descriptors = proc / "self" / "fd"
        self._block = Block(*FAMILIES)
        ours = Sample(BUILD_INFO, 1, (platform.python_version(), __version__))
        self._build = render([ours, Sample(NODE_BUILD_INFO, 1, (f"vigie-{__version__}",))])
        boot_seconds = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        self._start_seconds = boot_seconds + int(self._fields()[19]) / TICKS_PER_SECOND

    def page(self) -> bytes:
        """Return the process_* families and the build infos."""
        fields = self._fields()
        values = (
            (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND,
            _limit(resource.RLIMIT_NOFILE),
            len(list_folder(self._descriptors)),
            int(fields[21]) * PAGE_BYTES,
            self._start_seconds,
            int(fields[20]),
            _limit(resource.RLIMIT_AS),
        )
        return self._block.render([()], values) + self._build

    def close(self) -> None:
        """Give the descriptor back."""
        self._stat.close()

    def _fields(self) -> list[bytes]:
        """Return the fields of /proc/self/stat from the third on, which follows the command's closing bracket."""
        return self._stat.read().rpartition(b")")[2].split()


def _limit(kind: int) -> int:
    """Return a soft limit of this process; no limit is the largest number, as the kernel has it."""
    limit = resource.getrlimit(kind)[0]
    return limit if limit != resource.RLIM_INFINITY else UNLIMITED
