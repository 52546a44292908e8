"""Reads a container's control groups of version 1, and what version 2 adds beside it on a hybrid machine."""

from functools import lru_cache
from pathlib import Path

from exporter.cgroups import parse
from exporter.cgroups.by_item import GONE, ByItem, read_number, read_numbers
from exporter.cgroups.files import Files, GroupFile
from exporter.cgroups.io import Devices, add_io, io_of_v1
from exporter.cgroups.layout import Layout
from exporter.cgroups.pressure import Pressure
from exporter.container_families import families as f
from exporter.container_families.rows import Rows
from exporter.parsing.items import UNREADABLE, Skipped, item
from exporter.parsing.numbers import MOST_DIGITS, natural, wholes

USER_HZ = 100  # as every Linux architecture but alpha counts for user space
CPU_TIMES = ((f.CPU_USER, ""), (f.CPU_SYSTEM, ""))
THROTTLING = tuple((family, "") for family in (f.CFS_PERIODS, f.CFS_THROTTLED_PERIODS, f.CFS_THROTTLED))
BURSTS = ((f.CFS_BURST_PERIODS, ""), (f.CFS_BURST, ""))
MEMORY = (
    *((family, "") for family in (
        f.MEMORY_USAGE, f.MEMORY_MAX_USAGE, f.MEMORY_FAILCNT, f.MEMORY_CACHE, f.MEMORY_RSS, f.MEMORY_MAPPED_FILE,
        f.MEMORY_SWAP, f.MEMORY_WORKING_SET, f.MEMORY_ACTIVE_FILE, f.MEMORY_INACTIVE_FILE, f.MEMORY_FILE_DIRTY,
        f.MEMORY_FILE_WRITEBACK,
    )),
    *f.MEMORY_FAILURE_KEYS,
)  # fmt: skip
STAT = parse.Pairs(
    b"total_cache", b"total_rss", b"total_mapped_file", b"total_swap", b"total_active_file", b"total_inactive_file",
    b"total_dirty", b"total_writeback", b"pgfault", b"pgmajfault",
)  # fmt: skip
SPEC_CPU = ((f.SPEC_CPU_SHARES, ""), (f.SPEC_CPU_PERIOD, ""))
SPEC_QUOTA = ((f.SPEC_CPU_QUOTA, ""),)
SPEC_THREADS = ((f.THREADS_MAX, ""),)
SPEC_MEMORY = ((f.SPEC_MEMORY_LIMIT, ""), (f.SPEC_MEMORY_SWAP_LIMIT, ""), (f.SPEC_MEMORY_RESERVATION, ""))
SPEC = (
    (SPEC_CPU[0], "cpu", "cpu.shares"),
    (SPEC_CPU[1], "cpu", "cpu.cfs_period_us"),
    (SPEC_MEMORY[0], "memory", "memory.limit_in_bytes"),
    (SPEC_MEMORY[1], "memory", "memory.memsw.limit_in_bytes"),
    (SPEC_MEMORY[2], "memory", "memory.soft_limit_in_bytes"),
    (SPEC_THREADS[0], "pids", "pids.max"),
)
STAT_NAMES = (
    b"total_cache",
    b"total_rss",
    b"total_mapped_file",
    b"total_swap",
    b"total_active_file",
    b"total_inactive_file",
    b"total_dirty",
    b"total_writeback",
    b"pgfault",
    b"pgfault",
    b"pgmajfault",
    b"pgmajfault",
)


class GroupV1:
    """One container's groups; `path` is theirs in every tree.

    `processes` is the list of its processes, `oom_kills` what it said at its last reading.
    """

    def __init__(self, layout: Layout, path: str, files: Files, devices: Devices, *, percpu: bool) -> None:
        self._layout = layout
        self._path = path
        self._files = files
        self._devices = devices
        self._percpu = percpu
        self._spec = Rows()
        self._skipped = Skipped()
        self._has_quota = False
        self._usage = self._file("cpuacct", "cpuacct.usage_percpu" if percpu else "cpuacct.usage")
        self._times = self._file("cpuacct", "cpuacct.stat")
        self._throttling = self._file("cpu", "cpu.stat")
        self._memory = [
            self._file("memory", f"memory.{name}") for name in ("usage_in_bytes", "max_usage_in_bytes", "failcnt")
        ]
        self._memory_stat = self._file("memory", "memory.stat")
        self._oom = self._file("memory", "memory.oom_control")
        self._io = [
            self._file("blkio", f"blkio.throttle.{name}_recursive") for name in ("io_service_bytes", "io_serviced")
        ]
        self._threads = self._file("pids", "pids.current")
        unified = layout.group("", path)
        self._pressure = Pressure(unified, files) if unified is not None else None
        folders = (layout.group(controller, path) for controller in ("memory", "cpu", "pids"))
        self.processes = next((folder / "cgroup.procs" for folder in folders if folder is not None), None)
        self.oom_kills = 0

    def read_spec(self) -> None:
        """Learn the limits anew; one that is none is skipped at each reading. Raise OSError."""
        rows = Rows()
        self._has_quota = False
        with Skipped() as self._skipped:
            for key, controller, name in SPEC:
                folder = self._layout.group(controller, self._path)
                if folder is not None:
                    with item(folder / name):
                        rows.add((key,), (_number(folder / name),))
            cpu = self._layout.group("cpu", self._path)
            if cpu is not None:
                with item(cpu / "cpu.cfs_quota_us"):
                    quota = _number(cpu / "cpu.cfs_quota_us")  # -1: none
                    self._has_quota = quota > 0
                    rows.add(SPEC_QUOTA if self._has_quota else (), (quota,) if self._has_quota else ())
        self._spec = rows

    def read(self, rows: Rows) -> set[str]:
        """Add what the groups say now, and return the labels of the devices whose I/O they count.

        What can't be read or understood of them is skipped. Raises FileNotFoundError when they are gone.
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
        self._read_cpu(rows)
        if self._memory_stat is not None:
            self._read_memory(rows, self._memory_stat)
        if self._threads is not None:
            rows.add(((f.THREADS, ""),), (read_number(self._threads),))
        if self._pressure is not None:
            self._pressure.read(rows)
        return self._read_io(rows)

    def _read_cpu(self, rows: Rows) -> None:
        if self._usage is not None:
            spent = [ticks / 1e9 for ticks in wholes(self._usage.read().split())]
            keys = cpu_keys(len(spent)) if self._percpu else TOTAL_CPU
            if 0 in spent:  # cAdvisor leaves out the CPUs that were never used
                kept = [place for place, value in enumerate(spent) if value]
                keys, spent = tuple(keys[place] for place in kept), [spent[place] for place in kept]
            rows.add(keys, spent)
        if self._times is not None:
            user, system = parse.pick(parse.pairs(self._times.read()), b"user", b"system")
            rows.add(CPU_TIMES, (user / USER_HZ, system / USER_HZ))
        if self._has_quota and self._throttling is not None:
            counters = parse.pairs(self._throttling.read())
            periods, throttled, time = parse.pick(counters, b"nr_periods", b"nr_throttled", b"throttled_time")
            rows.add(THROTTLING, (periods, throttled, time / 1e9))
            if b"nr_bursts" in counters or b"burst_time" in counters:  # Linux 5.14
                bursts, time = parse.pick(counters, b"nr_bursts", b"burst_time")
                rows.add(BURSTS, (bursts, time / 1e9))

    def _read_memory(self, rows: Rows, stat_file: GroupFile) -> None:
        cache, rss, mapped, swap, active, inactive, dirty, writeback, faults, major = STAT.pick(stat_file.read())
        usage, max_usage, failures = [read_number(file) if file is not None else 0 for file in self._memory]
        rows.add(MEMORY, (
            usage, max_usage, failures, cache, rss, mapped, swap, max(0, usage - inactive), active, inactive, dirty,
            writeback, faults, faults, major, major,
        ))  # fmt: skip
        if self._oom is not None:
            _, _, kills = self._oom.read().rpartition(b"oom_kill ")  # the last line since Linux 4.13
            self.oom_kills = int(kills) if kills.strip().isdigit() and len(kills) <= MOST_DIGITS else 0

    def _read_by_item(self, rows: Rows) -> set[str]:
        by_item = ByItem(rows, self._path)
        if self._usage is not None:
            with item(f"{self._path}, cpuacct.usage", GONE):
                words = self._usage.read().split()
                for key, word in zip(cpu_keys(len(words)) if self._percpu else TOTAL_CPU, words, strict=False):
                    with item(f"{self._path}, cpuacct.usage, {key[1]}"):
                        if ticks := natural(word):
                            rows.add((key,), (ticks / 1e9,))
        if self._times is not None:
            times = read_numbers(self._times, f"{self._path}, cpuacct.stat")
            by_item.add(CPU_TIMES[0], times, b"user", USER_HZ)
            by_item.add(CPU_TIMES[1], times, b"system", USER_HZ)
        if self._has_quota and self._throttling is not None:
            counters = read_numbers(self._throttling, f"{self._path}, cpu.stat")
            by_item.add(THROTTLING[0], counters, b"nr_periods")
            by_item.add(THROTTLING[1], counters, b"nr_throttled")
            by_item.add(THROTTLING[2], counters, b"throttled_time", 1_000_000_000)
            if b"nr_bursts" in counters or b"burst_time" in counters:
                by_item.add(BURSTS[0], counters, b"nr_bursts")
                by_item.add(BURSTS[1], counters, b"burst_time", 1_000_000_000)
        if self._memory_stat is not None:
            self._read_memory_by_item(rows, by_item)
        by_item.add_number((f.THREADS, ""), self._threads)
        if self._pressure is not None:
            self._pressure.read(rows)
        with item(f"{self._path}, blkio", GONE):
            return self._read_io(rows)
        return set()

    def _read_memory_by_item(self, rows: Rows, by_item: ByItem) -> None:
        numbers = [by_item.add_number(key, file) for key, file in zip(MEMORY, self._memory, strict=False)]
        stat = read_numbers(self._memory_stat, f"{self._path}, memory.stat")
        if numbers[0] is not None and b"total_inactive_file" in stat:
            rows.add(((f.MEMORY_WORKING_SET, ""),), (max(0, numbers[0] - stat[b"total_inactive_file"]),))
        keys = [key for key in MEMORY[3:] if key[0] is not f.MEMORY_WORKING_SET]
        for key, name in zip(keys, STAT_NAMES, strict=True):
            by_item.add(key, stat, name)

    def _read_io(self, rows: Rows) -> set[str]:
        """Add the throttling layer's counters; since Linux 6.10 they stay empty until some limit is set."""
        if self._io[0] is None or self._io[1] is None:
            return set()
        size = parse.throttle_io(self._io[0].read())
        if not size:
            return set()
        return add_io(rows, self._devices, io_of_v1(size, parse.throttle_io(self._io[1].read())))

    def _file(self, controller: str, name: str) -> GroupFile | None:
        folder = self._layout.group(controller, self._path)
        return self._files.file(folder / name) if folder is not None else None


TOTAL_CPU: tuple[f.Key, ...] = ((f.CPU_USAGE, ',cpu="total"'),)


@lru_cache(maxsize=8)
def cpu_keys(count: int) -> tuple[f.Key, ...]:
    """Return the keys of that many CPUs, `cpu00` and so on."""
    return tuple((f.CPU_USAGE, f',cpu="cpu{number:02}"') for number in range(count))


def _number(path: Path) -> int:
    """Return a limit, 0 when there is none or its file is absent (as memsw's without swap accounting)."""
    try:
        return parse.limit(path.read_bytes())
    except FileNotFoundError:
        return 0
