"""node_perf_*: events that the kernel counts on each CPU, by perf_event_open(2)."""

import errno
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated

import msgspec
import structlog

from exporter.base.calls import PerfCalls
from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.collectors.cpu import parse_cpu_list
from exporter.exposition.text import Sample
from exporter.kernel import perf_profilers
from exporter.kernel.files import read_text
from exporter.kernel.perf_event import TYPE_TRACEPOINT, Counter
from exporter.kernel.perf_profilers import Profiler, make_family
from exporter.parsing.items import item
from exporter.parsing.numbers import natural

log = structlog.get_logger()

RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5})(?::([1-9][0-9]{0,4}))?)?")
TRACEPOINT = re.compile(r"([a-zA-Z0-9_]+):([a-zA-Z0-9_]+)")
# The answers of a machine that has no such event, of which virtual ones have few.
NO_SUCH_EVENT = frozenset({errno.ENOENT, errno.ENODEV, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


def parse_cpus(text: str) -> list[int]:
    """Return the CPUs of `0,2-5,8-16:4`; raise ValueError."""
    cpus: list[int] = []
    for part in text.split(","):
        match = RANGE.fullmatch(part)
        if match is None:
            raise ValueError(f"--collector.perf.cpus: expected numbers and ranges of CPUs, got {text[:80]!r}")
        first, last, stride = match.groups()
        cpus += range(int(first), int(last or first) + 1, int(stride or 1))
    return list(dict.fromkeys(cpus))


def choose(names: Sequence[str], profilers: Mapping[str, Profiler], *, is_off: bool) -> list[Profiler]:
    """Return the profilers of these names, all without a name, none when they are off; log a name that is none."""
    if is_off:
        return []
    for name in names:
        if name not in profilers:
            log.warning("unknown perf profiler", name=name, expected=" ".join(profilers))
    return [profilers[name] for name in names if name in profilers] if names else list(profilers.values())


def _names(what: str) -> msgspec.Meta:
    return msgspec.Meta(description=f"A {what} profiler to collect, all by default; repeatable.")


def _switch(what: str) -> msgspec.Meta:
    return msgspec.Meta(description=f"Leave out all {what} profilers.")


class PerfOptions(Options, frozen=True, kw_only=True):
    """What is counted, and where."""

    cpus: Annotated[str, msgspec.Meta(description="CPUs to count on, such as 0,2-5,8-16:4; all by default.")] = ""
    tracepoint: Annotated[
        tuple[str, ...], msgspec.Meta(description="A tracepoint to count, SUBSYSTEM:EVENT; repeatable.")
    ] = ()
    disable_hardware_profilers: Annotated[bool, _switch("hardware")] = False
    hardware_profilers: Annotated[tuple[str, ...], _names("hardware")] = ()
    disable_software_profilers: Annotated[bool, _switch("software")] = False
    software_profilers: Annotated[tuple[str, ...], _names("software")] = ()
    disable_cache_profilers: Annotated[bool, _switch("cache")] = False
    cache_profilers: Annotated[tuple[str, ...], _names("cache")] = ()


class Perf(Collector):
    """Exposes counters that stay open, one of each event on each CPU that is online."""

    enabled_by_default = False
    options_type = PerfOptions

    def __init__(self, roots: Roots, calls: PerfCalls, options: object = None) -> None:
        super().__init__(roots, options)
        self._open = calls.open
        given: PerfOptions = self.options
        self._cpus = parse_cpus(given.cpus) if given.cpus else None
        self._profilers = [
            *choose(given.hardware_profilers, perf_profilers.HARDWARE, is_off=given.disable_hardware_profilers),
            *choose(given.software_profilers, perf_profilers.SOFTWARE, is_off=given.disable_software_profilers),
            *choose(given.cache_profilers, perf_profilers.CACHE, is_off=given.disable_cache_profilers),
        ]
        self._counters: dict[tuple[int, Profiler], Counter | None] = {}  # None: the machine has no such event

    def collect(self) -> Iterable[Sample]:
        """Yield the counters.

        Raises PermissionError when counting is forbidden, NotApplicableError when no event exists, and other OSErrors
        when there are no descriptors for so many.
        """
        listed = parse_cpu_list(read_text(self.roots.sys / "devices" / "system" / "cpu" / "online"))
        online = [int(cpu) for cpu in listed]
        wanted = online if self._cpus is None else [cpu for cpu in self._cpus if cpu in online]
        for cpu, profiler in [key for key in self._counters if key[0] not in wanted]:
            self._close(cpu, profiler)
        try:
            counters = list(self._open_on(wanted, [*self._profilers, *self._tracepoints()]))
        except OSError:
            self.close()
            raise
        if not counters:
            raise NotApplicableError("the kernel has none of the events")
        for cpu, profiler, counter in counters:
            with item(f"{profiler.family.name} on CPU {cpu}"):
                yield Sample(profiler.family, counter.read(), (str(cpu),))

    def close(self) -> None:
        """Give all counters back."""
        for key in list(self._counters):
            self._close(*key)

    def _close(self, cpu: int, profiler: Profiler) -> None:
        counter = self._counters.pop((cpu, profiler))
        if counter is not None:
            counter.close()

    def _open_on(self, cpus: Sequence[int], profilers: Sequence[Profiler]) -> Iterator[tuple[int, Profiler, Counter]]:
        for profiler in profilers:
            for cpu in cpus:
                key = (cpu, profiler)
                if key not in self._counters:
                    self._counters[key] = self._open_if_there(profiler, cpu)
                if counter := self._counters[key]:
                    yield cpu, profiler, counter

    def _open_if_there(self, profiler: Profiler, cpu: int) -> Counter | None:
        try:
            return self._open(profiler.kind, profiler.config, cpu)
        except OSError as error:
            if error.errno not in NO_SUCH_EVENT:
                raise
            return None

    def _tracepoints(self) -> Iterator[Profiler]:
        """Yield the tracepoints that were asked for; one that is none is skipped."""
        events = self.roots.sys / "kernel" / "tracing" / "events"
        if not events.is_dir():
            events = self.roots.sys / "kernel" / "debug" / "tracing" / "events"
        for text in dict.fromkeys(self.options.tracepoint):
            with item(f"tracepoint {text}"):
                match = TRACEPOINT.fullmatch(text)
                if match is None:
                    raise ValueError("expected SUBSYSTEM:EVENT")
                number = natural(read_text(events / match[1] / match[2] / "id"))
                yield Profiler(
                    make_family(f"{match[1]}_{match[2]}", f"Perf tracepoint {text}"), TYPE_TRACEPOINT, number
                )
