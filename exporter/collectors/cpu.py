"""node_cpu_*: time that each CPU spent in each mode, throttling, isolation and hotplug state."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.exposition.text import Block, Family, Memo, Sample, render
from exporter.kernel import cpuinfo
from exporter.kernel.cpu_list import parse_cpu_list
from exporter.kernel.files import KernelFile, list_or_skip, read_text_or
from exporter.kernel.name_filter import Filter
from exporter.parsing.items import UNREADABLE, Skipped, item, skip
from exporter.parsing.lines import split_words
from exporter.parsing.numbers import natural, wholes

# proc(5), /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice, in USER_HZ ticks.
MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
GUEST_MODES = ("user", "nice")
COLUMNS = len(MODES) + len(GUEST_MODES)
LEAST_COLUMNS = 4  # of Linux 2.4
IDLE = MODES.index("idle")
# A CPU whose idle time goes back by this much was unplugged and plugged in again; less is the kernel's rounding.
JUMP_BACK_SECONDS = 3.0

SECONDS = Family(
    "node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode.", ("cpu", "mode"), form="%.2f"
)
GUEST = Family(
    "node_cpu_guest_seconds_total",
    "counter",
    "Seconds the CPUs spent in guests (VMs) for each mode.",
    ("cpu", "mode"),
    form="%.2f",
)
CORE_THROTTLES = Family(
    "node_cpu_core_throttles_total",
    "counter",
    "Number of times this CPU core has been throttled.",
    ("package", "core"),
)
PACKAGE_THROTTLES = Family(
    "node_cpu_package_throttles_total", "counter", "Number of times this CPU package has been throttled.", ("package",)
)
ISOLATED = Family(
    "node_cpu_isolated",
    "gauge",
    "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.",
    ("cpu",),
)
ONLINE = Family("node_cpu_online", "gauge", "CPUs that are online and being scheduled.", ("cpu",))

Ticks = tuple[int, ...]


def parse(text: bytes) -> dict[str, Ticks]:
    """Return the ticks of each CPU's ten columns from /proc/stat; columns that an old kernel lacks are 0.

    A `cpuN` line that holds anything else is skipped; raises ValueError when no line is left. Lines `cpu ` are sums.
    """
    ticks: dict[str, Ticks] = {}
    for line in (b"\n" + text).split(b"\ncpu")[1:]:
        if line[:1] == b" ":
            continue
        number, *columns = line.partition(b"\n")[0].split(b" ")
        if b"" in columns or b"\t" in line:  # lxcfs and others print more than one blank
            number, *columns = split_words(line.partition(b"\n")[0]) or [b""]
        try:
            cpu, values = str(natural(number)), tuple(wholes(columns[:COLUMNS]))
            if len(values) < LEAST_COLUMNS or cpu in ticks:
                raise ValueError(f"expected each CPU once with {LEAST_COLUMNS} columns or more, got {line[:80]!r}")
            ticks[cpu] = values + (0,) * (COLUMNS - len(values))
        except UNREADABLE as error:
            skip(f"/proc/stat, cpu{number.decode('utf-8', 'replace')}", error)
    if not ticks:
        raise ValueError("expected a line for each CPU in /proc/stat, found none")
    return ticks


def forward_only(before: Ticks | None, now: Ticks, jump_back_ticks: float) -> Ticks:
    """Return `now` without the steps back that the kernel's idle and iowait counters make.

    Counters that go back look like a reset to Prometheus. A large step of idle is a real one (hotplug).
    """
    if before is None or before[IDLE] - now[IDLE] >= jump_back_ticks:
        return now
    return tuple(map(max, before, now))


class CpuOptions(Options, frozen=True, kw_only=True):
    """What of the CPUs is exposed."""

    guest: Annotated[bool, msgspec.Meta(description="Expose node_cpu_guest_seconds_total.")] = True
    info: Annotated[bool, msgspec.Meta(description="Expose node_cpu_info.")] = False
    info_flags_include: Annotated[
        str,
        msgspec.Meta(
            description="Flags of the first CPU to expose (regexp); implies info.",
            extra={"flag": "--collector.cpu.info.flags-include"},
        ),
    ] = ""
    info_bugs_include: Annotated[
        str,
        msgspec.Meta(
            description="Bugs of the first CPU to expose (regexp); implies info.",
            extra={"flag": "--collector.cpu.info.bugs-include"},
        ),
    ] = ""


class Cpu(Collector):
    """Exposes node_cpu_seconds_total and what /sys/devices/system/cpu tells."""

    options_type = CpuOptions

    def __init__(self, roots: Roots, files: SharedFiles, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = files
        self._ticks: dict[str, Ticks] = {}
        self._ticks_per_second = os.sysconf("SC_CLK_TCK")
        self._seconds, self._guest = Block(SECONDS), Block(GUEST)
        self._cpus: list[str] = []
        self._keys: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
        folder = roots.sys / "devices" / "system" / "cpu"
        with Skipped() as self._skipped:
            self._isolated = parse_cpu_list(read_text_or(folder / "isolated"))
            self._processors = find_processors(folder)
        self._info = Info(roots, self.options)

    def page(self) -> bytes:
        """Return the CPUs' times and their states; raise ValueError when there is neither."""
        self._skipped.repeat()
        page = render(self._states())
        with item("/proc/stat"):
            page = self._times() + page
        with item("/proc/cpuinfo"):
            page += self._info.page()
        if not page:
            raise ValueError("expected CPUs in /proc/stat or /sys/devices/system/cpu, got none")
        return page

    def _times(self) -> bytes:
        jump_back_ticks = JUMP_BACK_SECONDS * self._ticks_per_second
        now = parse(self._files.read("stat"))
        self._ticks = {cpu: forward_only(self._ticks.get(cpu), ticks, jump_back_ticks) for cpu, ticks in now.items()}
        if self._cpus != list(now):
            self._cpus = list(now)
            self._keys = (
                [(cpu, mode) for cpu in now for mode in MODES],
                [(cpu, mode) for cpu in now for mode in GUEST_MODES],
            )
        rows = [[tick / self._ticks_per_second for tick in ticks] for ticks in self._ticks.values()]
        page = self._seconds.render(self._keys[0], [number for row in rows for number in row[: len(MODES)]])
        if self.options.guest:
            page += self._guest.render(self._keys[1], [number for row in rows for number in row[len(MODES) :]])
        return page

    def _states(self) -> Iterable[Sample]:
        yield from (Sample(ISOLATED, 1, (cpu,)) for cpu in self._isolated)
        for processor in self._processors:
            for family, file, labels in (
                (ONLINE, processor.online, (processor.number,)),
                (CORE_THROTTLES, processor.core_throttles, (processor.package, processor.core)),
                (PACKAGE_THROTTLES, processor.package_throttles, (processor.package,)),
            ):
                if file is None:
                    continue
                try:
                    value = natural(file.read().strip(b" \t\n"))
                except FileNotFoundError:  # the CPU was unplugged meanwhile
                    continue
                except UNREADABLE as error:
                    skip(file.path, error)
                    continue
                yield Sample(family, value, labels)


class Info:
    """What /proc/cpuinfo tells, when it is wanted."""

    def __init__(self, roots: Roots, options: CpuOptions) -> None:
        flags, bugs = options.info_flags_include, options.info_bugs_include
        self._is_wanted = options.info or bool(flags or bugs)
        self._filters = [Filter(include=pattern) if pattern else None for pattern in (flags, bugs)]
        self._file = roots.file("cpuinfo")
        self._memo = Memo()
        # The collector cpufreq gives the same family where the kernel has it, and a family stands once on a page.
        current = roots.sys / "devices" / "system" / "cpu" / "cpu0" / "cpufreq" / "cpuinfo_cur_freq"
        self._has_frequencies = not current.exists()

    def page(self) -> bytes:
        """Return the infos, "" when they are not wanted; raise OSError or ValueError."""
        if not self._is_wanted:
            return b""
        cpus = cpuinfo.parse(self._file.read().decode("utf-8", "replace"))
        page = self._memo.get([cpu._replace(mhz=None) for cpu in cpus], lambda: cpuinfo.describe(cpus, *self._filters))
        return page + (render(cpuinfo.frequencies(cpus)) if self._has_frequencies else b"")


class Processor(NamedTuple):
    """A CPU that the machine can have, and the files that tell of it; None for those that it lacks.

    The threads of a core all show the core's throttle count, and those of a package the package's, so that only the
    first of them has the file.
    """

    number: str
    package: str
    core: str
    core_throttles: KernelFile | None
    package_throttles: KernelFile | None
    online: KernelFile | None


def find_processors(folder: Path) -> list[Processor]:
    """Return the CPUs of /sys/devices/system/cpu, by number (Documentation/ABI/testing/sysfs-devices-system-cpu).

    The folder lists all that could ever be plugged in, so once is enough.
    """
    numbers = sorted(int(name[3:]) for name in list_or_skip(folder) if name[:3] == "cpu" and name[3:].isdigit())
    # CPU 0 has the file only where it can be unplugged; without it the host has no hotplug to tell of.
    has_hotplug = bool(numbers) and (folder / f"cpu{numbers[0]}" / "online").exists()
    cores: set[tuple[str, ...]] = set()
    return [_find_processor(folder / f"cpu{number}", str(number), cores, has_hotplug=has_hotplug) for number in numbers]


def _find_processor(folder: Path, number: str, cores: set[tuple[str, ...]], *, has_hotplug: bool) -> Processor:
    package = read_text_or(folder / "topology" / "physical_package_id")
    core = read_text_or(folder / "topology" / "core_id")

    def first(key: tuple[str, ...], name: str) -> KernelFile | None:
        path = folder / "thermal_throttle" / name
        if not all(key) or key in cores or not path.exists():
            return None
        cores.add(key)
        return KernelFile(path)

    return Processor(
        number=number,
        package=package,
        core=core,
        core_throttles=first((package, core), "core_throttle_count"),
        package_throttles=first((package,), "package_throttle_count"),
        online=KernelFile(folder / "online") if has_hotplug else None,
    )
