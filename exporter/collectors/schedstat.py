"""node_schedstat_*: how long tasks ran and waited on each CPU, from /proc/schedstat."""

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, by_family

NANOSECONDS = 1_000_000_000
FAMILIES = (
    Family(
        "node_schedstat_running_seconds_total",
        "counter",
        "Number of seconds CPU spent running a process.",
        ("cpu",),
        form="%.9f",
    ),
    Family(
        "node_schedstat_waiting_seconds_total",
        "counter",
        "Number of seconds spent by processing waiting for this CPU.",
        ("cpu",),
        form="%.9f",
    ),
    Family("node_schedstat_timeslices_total", "counter", "Number of timeslices executed by CPU.", ("cpu",)),
)
# Documentation/scheduler/sched-stats.rst: of a `cpuN` line, the 7th to 9th number: running, waiting, timeslices. The
# times are nanoseconds since Linux 2.6.23, whatever older copies of that page say.
FIRST, LAST = 7, 9


def parse(text: bytes) -> dict[str, tuple[int, ...]]:
    """Return each CPU's (running ns, waiting ns, timeslices); raise ValueError when no line tells them."""
    cpus = {}
    for line in text.split(b"\ncpu")[1:]:  # before them: version and timestamp; below each: its domains
        words = line.partition(b"\n")[0].split()
        if len(words) > LAST:
            cpus[str(int(words[0]))] = tuple(map(int, words[FIRST : LAST + 1]))
    if not cpus:
        raise ValueError(f"/proc/schedstat: expected a line for each CPU, got {text[:80]!r}")
    return cpus


class Schedstat(Collector):
    """Exposes the scheduler's times of each CPU."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("schedstat")
        self._block = Block(*FAMILIES)

    def page(self) -> bytes:
        """Return the counters; raise NotApplicableError on a kernel that keeps none, ValueError."""
        try:
            cpus = parse(self._file.read())
        except FileNotFoundError as error:
            raise NotApplicableError("/proc/schedstat: a kernel with CONFIG_SCHEDSTATS") from error
        return self._block.render([(cpu,) for cpu in cpus], by_family(map(_to_seconds, cpus.values())))

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def _to_seconds(row: tuple[int, ...]) -> tuple[float, ...]:
    running, waiting, timeslices = row
    return running / NANOSECONDS, waiting / NANOSECONDS, timeslices
