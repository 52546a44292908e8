"""node_time_*: the clock, the time zone and the kernel's clock sources."""

import time
from collections.abc import Iterable, Sequence

from exporter.base.calls import Clock
from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, Memo, Sample
from exporter.kernel.files import KernelFile, list_or_skip
from exporter.parsing.items import Skipped, skip
from exporter.parsing.lines import split_words
from exporter.parsing.names import label

SECONDS = Family("node_time_seconds", "gauge", "System time in seconds since epoch (1970).", form="%.6f")
ZONE = Family("node_time_zone_offset_seconds", "gauge", "System time zone offset in seconds.", ("time_zone",))
AVAILABLE = Family(
    "node_time_clocksource_available_info",
    "gauge",
    "Available clocksources read from '/sys/devices/system/clocksource'.",
    ("clocksource", "device"),
)
CURRENT = Family(
    "node_time_clocksource_current_info",
    "gauge",
    "Current clocksource read from '/sys/devices/system/clocksource'.",
    ("clocksource", "device"),
)


class Time(Collector):
    """Exposes the host's time, to be compared with Prometheus's."""

    def __init__(self, roots: Roots, clock: Clock, options: object = None) -> None:
        super().__init__(roots, options)
        self._clock = clock
        folder = roots.sys / "devices" / "system" / "clocksource"
        with Skipped() as self._skipped:
            names = [name for name in list_or_skip(folder) if name.startswith("clocksource")]
        self._sources = [
            (KernelFile(folder / name / "available_clocksource"), KernelFile(folder / name / "current_clocksource"))
            for name in names
        ]
        self._block = Block(SECONDS)
        self._memo = Memo()

    def page(self) -> bytes:
        """Return the clock, zone and clock sources."""
        self._skipped.repeat()
        now = self._clock.now()
        local = time.localtime(now)
        sources = [
            (split_words(_read(available)), _read(current).strip(b" \n")) for available, current in self._sources
        ]
        state = (local.tm_gmtoff, local.tm_zone, sources)
        return self._block.render([()], [now]) + self._memo.get(state, lambda: describe(*state))


def _read(file: KernelFile) -> bytes:
    """Return a file's text, nothing of one that can't be read."""
    try:
        return file.read()
    except OSError as error:
        skip(file.path, error)
        return b""


def describe(offset_seconds: int, zone: str, sources: Sequence[tuple[Sequence[bytes], bytes]]) -> Iterable[Sample]:
    """Yield the zone and, for each clock source device, what it could use and what it uses."""
    yield Sample(ZONE, offset_seconds, (zone,))
    for device, (available, current) in enumerate(sources):
        yield from (Sample(AVAILABLE, 1, (label(source), str(device))) for source in dict.fromkeys(available))
        if current:
            yield Sample(CURRENT, 1, (label(current), str(device)))
