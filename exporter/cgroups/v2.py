"""Reads a container's control group of version 2."""

from functools import lru_cache

from exporter.cgroups import parse
from exporter.cgroups.by_item import GONE, ByItem, read_number, read_numbers
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
from exporter.parsing.items import UNREADABLE, Skipped, item, skip
from exporter.parsing.numbers import natural

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
        self._skipped = Skipped()
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
        """Learn the limits anew; one that is none is skipped at each reading. Raise OSError."""
        rows = Rows()
        self._has_quota = False
        with Skipped() as self._skipped:
            if maximum := self._text("cpu.max"):
                with item(self._folder / "cpu.weight"):
                    weight = self._text("cpu.weight").strip()
                    rows.add(SPEC_CPU[:1], (parse.shares_of_weight(natural(weight)) if weight else 0,))
                with item(self._folder / "cpu.max"):
                    quota, period = parse.cpu_max(maximum)
                    self._has_quota = quota > 0
                    rows.add(SPEC_CPU[1:], (period,))
                    rows.add(SPEC_QUOTA if self._has_quota else (), (quota,) if self._has_quota else ())
            if self._memory is not None or self._memory_stat is not None:
                # Docker writes a reservation to memory.low.
                for key, name in zip(SPEC_MEMORY, ("memory.max", "memory.swap.max", "memory.low"), strict=True):
                    with item(self._folder / name):
                        rows.add((key,), (parse.limit(self._text(name) or b"0"),))
            if threads := self._text("pids.max"):
                with item(self._folder / "pids.max"):
                    rows.add(SPEC_THREADS, (parse.limit(threads),))
        self._spec = rows

    def read(self, rows: Rows) -> set[str]:
        """Add what the group says now, and return the labels of the devices whose I/O it counts.

        What can't be read or understood of it is skipped. Raises FileNotFoundError when it is gone.
        """
        rows.add(self._spec.keys, self._spec.values)
        self._skipped.repeat()
        count = len(rows.keys)
        try:
            return self._read(rows)
        except GONE:
            raise
        except UNREADABLE:
            rows.cut(count)
        return self._read_by_item(rows)

    def _read(self, rows: Rows) -> set[str]:
        if self._cpu is not None:
            self._read_cpu(rows, self._cpu)
        if self._memory is not None and self._memory_stat is not None:
            self._read_memory(rows, read_number(self._memory), self._memory_stat.read())
        elif self._memory is not self._memory_stat:
            raise ValueError("expected both memory.current and memory.stat")
        if self._threads is not None:
            rows.add(((f.THREADS, ""),), (read_number(self._threads),))
        self._pressure.read(rows)
        stat = parse.io_stat(self._io.read()) if self._io is not None else {}
        return add_io(rows, self._devices, io_of_v2(stat))

    def _read_cpu(self, rows: Rows, file: GroupFile) -> None:
        counters = parse.pairs(file.read())
        total, user, system = parse.pick(counters, b"usage_usec", b"user_usec", b"system_usec")
        rows.add(TOTAL_CPU, (total / 1e6,))
        rows.add(CPU_TIMES, (user / 1e6, system / 1e6))
        if self._has_quota and (b"nr_periods" in counters or b"nr_throttled" in counters):
            periods, throttled, time = parse.pick(counters, b"nr_periods", b"nr_throttled", b"throttled_usec")
            rows.add(THROTTLING, (periods, throttled, time / 1e6))
            if b"nr_bursts" in counters or b"burst_usec" in counters:
                bursts, time = parse.pick(counters, b"nr_bursts", b"burst_usec")
                rows.add(BURSTS, (bursts, time / 1e6))

    def _read_memory(self, rows: Rows, usage: int, stat: bytes) -> None:
        faults, major, inactive, *values = STAT.pick(stat)
        rows.add(MEMORY_NOW, (usage, max(0, usage - inactive), faults, faults, major, major))
        rows.add(_stat_keys(STAT.present), [*values, inactive])
        for family, file in ((f.MEMORY_SWAP, self._swap), (f.MEMORY_MAX_USAGE, self._peak)):
            if file is not None:
                rows.add(((family, ""),), (read_number(file),))
        if self._events is not None:
            events = parse.pairs(self._events.read())
            hits = events.get(b"max", 0)
            rows.add(EVENTS, (hits, hits, events.get(b"high", 0)))
            self.oom_kills = events.get(b"oom_kill", 0)

    def _read_by_item(self, rows: Rows) -> set[str]:
        by_item = ByItem(rows, str(self._folder))
        cpu = read_numbers(self._cpu, f"{self._folder}/cpu.stat")
        if self._cpu is not None:
            for key, name in zip((*TOTAL_CPU, *CPU_TIMES), (b"usage_usec", b"user_usec", b"system_usec"), strict=True):
                by_item.add(key, cpu, name, 1_000_000)
        if self._has_quota and (b"nr_periods" in cpu or b"nr_throttled" in cpu):
            by_item.add(THROTTLING[0], cpu, b"nr_periods")
            by_item.add(THROTTLING[1], cpu, b"nr_throttled")
            by_item.add(THROTTLING[2], cpu, b"throttled_usec", 1_000_000)
            if b"nr_bursts" in cpu or b"burst_usec" in cpu:
                by_item.add(BURSTS[0], cpu, b"nr_bursts")
                by_item.add(BURSTS[1], cpu, b"burst_usec", 1_000_000)
        if self._memory is not None or self._memory_stat is not None:
            self._read_memory_by_item(rows, by_item)
        by_item.add_number((f.THREADS, ""), self._threads)
        self._pressure.read(rows)
        with item(f"{self._folder}/io.stat", GONE):
            return add_io(rows, self._devices, io_of_v2(parse.io_stat(self._io.read()) if self._io is not None else {}))
        return set()

    def _read_memory_by_item(self, rows: Rows, by_item: ByItem) -> None:
        usage = by_item.add_number((f.MEMORY_USAGE, ""), self._memory)
        stat = read_numbers(self._memory_stat, f"{self._folder}/memory.stat")
        if usage is not None and b"inactive_file" in stat:
            rows.add(((f.MEMORY_WORKING_SET, ""),), (max(0, usage - stat[b"inactive_file"]),))
        for key, name in zip(
            f.MEMORY_FAILURE_KEYS, (b"pgfault", b"pgfault", b"pgmajfault", b"pgmajfault"), strict=True
        ):
            by_item.add(key, stat, name)
        for name in stat.keys() & MEMORY_STAT.keys():
            by_item.add((MEMORY_STAT[name], ""), stat, name)
        by_item.add_number((f.MEMORY_SWAP, ""), self._swap)
        by_item.add_number((f.MEMORY_MAX_USAGE, ""), self._peak)
        events = read_numbers(self._events, f"{self._folder}/memory.events")
        if self._events is not None:
            for key, name in zip(EVENTS, (b"max", b"max", b"high"), strict=True):
                by_item.add(key, events, name)
            self.oom_kills = events.get(b"oom_kill", self.oom_kills)

    def _text(self, name: str) -> bytes:
        """Return a file's text, b"" where the controller is off for this group; one that can't be read is skipped."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            skip(self._folder / name, error)
            return b""

    def _file(self, name: str) -> GroupFile | None:
        return self._files.file(self._folder / name)


@lru_cache(maxsize=8)
def _stat_keys(present: tuple[bytes, ...]) -> tuple[f.Key, ...]:
    """Return the keys of what follows `inactive_file`, the third, among the names present, and that at last."""
    if present[:3] != ALWAYS:
        raise ValueError(f"memory.stat: expected pgfault, pgmajfault and inactive_file, got {present[:3]!r}")
    return tuple((MEMORY_STAT[name], "") for name in (*present[3:], b"inactive_file"))
