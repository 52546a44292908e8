"""The host as a whole under `id="/"`, and cAdvisor's line about itself: for boards that read the machine from cAdvisor.

The kernel's root group has no memory.current; cAdvisor takes its numbers from /proc/meminfo too.
"""

import os
import platform

from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.cgroups.v1 import CPU_TIMES, TOTAL_CPU
from exporter.container_families import families as f
from exporter.container_families.rows import Number, Rows
from exporter.container_families.table import Part
from exporter.containers import network
from exporter.exposition.text import Family, Sample, render
from exporter.parsing.items import UNREADABLE, skip
from exporter.parsing.lines import split_lines
from exporter.parsing.numbers import wholes
from vigie import __version__

LABELS = 'id="/"'
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
BYTES_PER_KIB = 1024
STAT_COLUMNS = 8  # user nice system idle iowait irq softirq steal
SEEN = ((f.LAST_SEEN, ""),)
MEMORY = tuple(
    (family, "") for family in (f.MEMORY_USAGE, f.MEMORY_WORKING_SET, f.MEMORY_CACHE, f.MEMORY_RSS, f.MEMORY_SWAP)
)
VERSION_INFO = Family(
    "cadvisor_version_info",
    "gauge",
    "For boards that find cAdvisor by it; vigie's version and the kernel's, always 1.",
    ("cadvisorVersion", "kernelVersion"),
)


class RootGroup:
    """Reads the host's own numbers at each scrape."""

    def __init__(self, roots: Roots, files: SharedFiles) -> None:
        """Take where the host's files lie, and what shares them with other collectors."""
        self._files = files
        self._network = str(roots.proc / "net" / "dev")
        self._part = Part("", ())
        self._keys: list[f.Key] = []
        self.version = render([Sample(VERSION_INFO, 1, (f"vigie-{__version__}", platform.release()))])

    def read(self, now: float) -> tuple[Part, list[Number]]:
        """Return its lines and their values; a file that can't be read is told, and its lines are left out."""
        rows = Rows()
        rows.add(SEEN, (int(now),))
        for name, add in (("stat", add_processor), ("meminfo", add_memory)):
            try:
                add(rows, self._files.read(name))
            except UNREADABLE as error:
                skip(f"/proc/{name}", error)
        try:
            network.read(rows, self._network)
        except UNREADABLE as error:
            skip(self._network, error)
        if rows.keys != self._keys:
            self._keys, self._part = rows.keys, Part(LABELS, tuple(rows.keys))
        return self._part, rows.values


def add_processor(rows: Rows, stat: bytes) -> None:
    """Add the CPU's time as the kernel counts it for the root group; raise ValueError without the line of all CPUs."""
    line = next((words for words in map(bytes.split, split_lines(stat)) if words[:1] == [b"cpu"]), [])
    if len(line) <= STAT_COLUMNS:
        raise ValueError("/proc/stat: expected a line `cpu` with eight numbers")
    user, nice, system, _, _, irq, softirq, steal = wholes(line[1 : STAT_COLUMNS + 1])
    in_user, in_kernel = user + nice, system + irq + softirq
    rows.add(TOTAL_CPU, ((in_user + in_kernel + steal) / TICKS_PER_SECOND,))
    rows.add(CPU_TIMES, (in_user / TICKS_PER_SECOND, in_kernel / TICKS_PER_SECOND))


def add_memory(rows: Rows, meminfo: bytes) -> None:
    """Add what of the memory is used, by /proc/meminfo; raise ValueError when a field is missing."""
    fields = {words[0]: words[1] for words in map(bytes.split, split_lines(meminfo)) if len(words) > 1}
    names = (b"MemTotal:", b"MemFree:", b"Inactive(file):", b"Cached:", b"AnonPages:", b"SwapTotal:", b"SwapFree:")
    missing = [name.decode() for name in names if name not in fields]
    if missing:
        raise ValueError(f"/proc/meminfo: expected {', '.join(missing)}")
    total, free, inactive, cached, anonymous, swap, swap_free = (
        number * BYTES_PER_KIB for number in wholes([fields[name] for name in names])
    )
    rows.add(MEMORY, (total - free, max(0, total - free - inactive), cached, anonymous, swap - swap_free))
