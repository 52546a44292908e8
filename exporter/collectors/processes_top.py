"""vigie_process_*: the commands that use most CPU or memory, each as the sum of its processes."""

import os
from typing import Annotated

import msgspec

from exporter.base.calls import Clock
from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.base.shared import ProcessList
from exporter.exposition.text import Block, Family, by_family
from exporter.kernel.process_groups import Watch
from vigie.core.settings import Duration

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
FAMILIES = (
    Family("vigie_process_count", "gauge", "Processes of this command; other is the rest.", ("command",)),
    Family(
        "vigie_process_cpu_seconds_total",
        "counter",
        "CPU time that the command's processes used since the exporter began to watch.",
        ("command",),
        form="%.2f",
    ),
    Family(
        "vigie_process_resident_bytes",
        "gauge",
        "Resident memory of the command's processes; what they share counts for each.",
        ("command",),
    ),
    Family("vigie_process_threads", "gauge", "Threads of the command's processes.", ("command",)),
)


class ProcessesTopOptions(Options, frozen=True, kw_only=True):
    """How many commands are exposed."""

    groups: Annotated[
        int,
        msgspec.Meta(
            ge=1, le=100, description="How many commands to show by CPU and how many by memory; the rest is one sum."
        ),
    ] = 10
    window: Annotated[Duration, msgspec.Meta(gt=0, description="Over which time CPU use decides what is shown.")] = (
        300.0
    )


class ProcessesTop(Collector):
    """Exposes the commands that use most, and the sum of the rest."""

    enabled_by_default = False
    options_type = ProcessesTopOptions

    def __init__(self, roots: Roots, processes: ProcessList, clock: Clock, options: object = None) -> None:
        super().__init__(roots, options)
        self._processes = processes
        self._clock = clock
        self._watch = Watch(self.options.groups, self.options.window)
        self._block = Block(*FAMILIES)

    def page(self) -> bytes:
        """Return the sums; raise OSError or ValueError when the processes can't be read."""
        groups = self._watch.look(self._processes.read(), self._clock.now())
        rows = [
            (group.processes, group.ticks / TICKS_PER_SECOND, group.resident_pages * PAGE_BYTES, group.threads)
            for group in groups.values()
        ]
        return self._block.render([(name,) for name in groups], by_family(rows))
