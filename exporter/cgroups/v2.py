"""Reads a container's control group of version 2."""

from functools import lru_cache

from exporter.cgroups import parse
from exporter.cgroups.files import Files, GroupFile
from exporter.cgroups.io import Devices, add_io, io_of_v2
from exporter.cgroups.layout import Layout
from exporter.cgroups.pressure import Pressure
from exporter.cgroups.v1 import (
    BURSTS,
    CPU_TIMES,
    SPEC_CPU,
    SPEC_MEMORY,
    SPEC_QUOTA,
    SPEC_THREADS,
    THROTTLING,
    TOTAL_CPU,
)
from exporter.container_families import families as f
from exporter.container_families.rows import Rows

# What memory.stat says under the same name in all its versions, and later additions (Linux 5.x), which may be absent.
MEMORY_STAT = {
    b"file": f.MEMORY_CACHE, b"anon": f.MEMORY_RSS, b"kernel": f.MEMORY_KERNEL, b"file_mapped": f.MEMORY_MAPPED_FILE,
    b"active_file": f.MEMORY_ACTIVE_FILE,
    b"file_dirty": f.MEMORY_FILE_DIRTY, b"file_writeback": f.MEMORY_FILE_WRITEBACK, b"pgscan": f.MEMORY_PGSCAN,
    b"pgsteal": f.MEMORY_PGSTEAL, b"workingset_refault_file": f.MEMORY_REFAULT_FILE,
    b"workingset_refault_anon": f.MEMORY_REFAULT_ANON, b"inactive_file": f.MEMORY_INACTIVE_FILE,
}  # fmt: skip
ALWAYS = (b"pgfault", b"pgmajfault", b"inactive_file")
STAT = parse.Pairs(*ALWAYS, *(name for name in MEMORY_STAT if name not in ALWAYS))
MEMORY_NOW = (*((family, "") for family in (f.MEMORY_USAGE, f.MEMORY_WORKING_SET)), *f.MEMORY_FAILURE_KEYS)
EVENTS = ((f.MEMORY_FAILCNT, ""), (f.MEMORY_EVENTS_MAX, ""), (f.MEMORY_EVENTS_HIGH, ""))


class GroupV2:
    """One container's group; `processes` is the list of its processes, `oom_kills` what it said at its last reading."""

    def __init__(self, layout: Layout, path: str, files: Files, devices: Devices) -> None:
        folder = layout.group("", path)
        assert folder is not None
        self._folder = folder
        self._files = files
        self._devices = devices
        self._spec = Rows()
        self._has_quota = False
        self._cpu = self._file("cpu.stat")
        self._memory = self._file("memory.current")
        self._memory_stat = self._file("memory.stat")
        self._swap = self._file("memory.swap.current")
        self._peak = self._file("memory.peak")  # Linux 5.19
        self._events = self._file("memory.events")
        self._io = self._file("io.stat")
        self._threads = self._file("pids.current")
        self._pressure = Pressure(folder, files)
        self.processes = folder / "cgroup.procs"
        self.oom_kills = 0

    def read_spec(self) -> None:
        """Learn the limits anew; raise OSError and ValueError."""
        rows = Rows()
        weight, maximum = self._text("cpu.weight"), self._text("cpu.max")
        self._has_quota = False
        if maximum:
            quota, period = parse.cpu_max(maximum)
            rows.add(SPEC_CPU, (parse.shares_of_weight(int(weight)) if weight else 0, period))
            self._has_quota = quota > 0
            rows.add(SPEC_QUOTA if self._has_quota else (), (quota,) if self._has_quota else ())
        if (self._folder / "memory.max").exists():
            names = ("memory.max", "memory.swap.max", "memory.low")  # Docker writes a reservation to memory.low
            rows.add(SPEC_MEMORY, [parse.limit(self._text(name) or b"0") for name in names])
        threads = self._text("pids.max")
        if threads:
            rows.add(SPEC_THREADS, (parse.limit(threads),))
        self._spec = rows

    def read(self, rows: Rows) -> set[str]:
        """Add what the group says now, and return the labels of the devices whose I/O it counts.

        Raises FileNotFoundError when it is gone, other OSErrors and ValueError.
        """
        rows.add(self._spec.keys, self._spec.values)
        if self._cpu is not None:
            self._read_cpu(rows, self._cpu)
        if self._memory is not None and self._memory_stat is not None:
            self._read_memory(rows, int(self._memory.read()), self._memory_stat.read())
        if self._threads is not None:
            rows.add(((f.THREADS, ""),), (int(self._threads.read()),))
        self._pressure.read(rows)
        stat = parse.io_stat(self._io.read()) if self._io is not None else {}
        return add_io(rows, self._devices, io_of_v2(stat))

    def _read_cpu(self, rows: Rows, file: GroupFile) -> None:
        counters = parse.pairs(file.read())
        total, user, system = parse.pick(counters, b"usage_usec", b"user_usec", b"system_usec")
        rows.add(TOTAL_CPU, (total / 1e6,))
        rows.add(CPU_TIMES, (user / 1e6, system / 1e6))
        if self._has_quota and b"nr_periods" in counters:
            periods, throttled, time = parse.pick(counters, b"nr_periods", b"nr_throttled", b"throttled_usec")
            rows.add(THROTTLING, (periods, throttled, time / 1e6))
            if b"nr_bursts" in counters:
                bursts, time = parse.pick(counters, b"nr_bursts", b"burst_usec")
                rows.add(BURSTS, (bursts, time / 1e6))

    def _read_memory(self, rows: Rows, usage: int, stat: bytes) -> None:
        faults, major, inactive, *values = STAT.pick(stat)
        rows.add(MEMORY_NOW, (usage, max(0, usage - inactive), faults, faults, major, major))
        rows.add(_stat_keys(STAT.present), [*values, inactive])
        for family, file in ((f.MEMORY_SWAP, self._swap), (f.MEMORY_MAX_USAGE, self._peak)):
            if file is not None:
                rows.add(((family, ""),), (int(file.read()),))
        if self._events is not None:
            events = parse.pairs(self._events.read())
            hits = events.get(b"max", 0)
            rows.add(EVENTS, (hits, hits, events.get(b"high", 0)))
            self.oom_kills = events.get(b"oom_kill", 0)

    def _text(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:  # the controller is not enabled for this group
            return b""

    def _file(self, name: str) -> GroupFile | None:
        return self._files.file(self._folder / name)


@lru_cache(maxsize=8)
def _stat_keys(present: tuple[bytes, ...]) -> tuple[f.Key, ...]:
    """Return the keys of what follows `inactive_file`, the third, among the names present, and that at last."""
    if present[:3] != ALWAYS:
        raise ValueError(f"memory.stat: expected pgfault, pgmajfault and inactive_file, got {present[:3]!r}")
    return tuple((MEMORY_STAT[name], "") for name in (*present[3:], b"inactive_file"))
