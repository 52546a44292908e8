"""node_intr_total, node_context_switches_total, node_forks_total and the like: the totals of /proc/stat."""

from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.exposition.text import Block, Family, digits

# The first word of the line in /proc/stat (proc(5)) that each family takes its first number from.
FAMILIES = {
    b"intr": Family("node_intr_total", "counter", "Total number of interrupts serviced.", form="%b"),
    b"ctxt": Family("node_context_switches_total", "counter", "Total number of context switches.", form="%b"),
    b"processes": Family("node_forks_total", "counter", "Total number of forks.", form="%b"),
    b"btime": Family("node_boot_time_seconds", "gauge", "Node boot time, in unixtime.", form="%b"),
    b"procs_running": Family("node_procs_running", "gauge", "Number of processes in runnable state.", form="%b"),
    b"procs_blocked": Family(
        "node_procs_blocked", "gauge", "Number of processes blocked waiting for I/O to complete.", form="%b"
    ),
}
SOFTIRQS = Family("node_softirqs_total", "counter", "Number of softirq calls.", ("vector",), form="%b")
# The order of the `softirq` line: include/linux/interrupt.h, after the sum.
VECTORS = ("hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu")


def parse(text: bytes) -> dict[bytes, list[bytes]]:
    """Return the words of each line of /proc/stat by the first one."""
    return {words[0]: words[1:] for line in text.splitlines() if (words := line.split(None, len(VECTORS) + 2))}


class StatOptions(Options, frozen=True, kw_only=True):
    """What of the totals is exposed."""

    softirq: Annotated[bool, msgspec.Meta(description="Expose node_softirqs_total.")] = False


class Stat(Collector):
    """Exposes the kernel's totals since boot."""

    options_type = StatOptions

    def __init__(self, roots: Roots, files: SharedFiles, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = files
        self._block, self._softirqs = Block(*FAMILIES.values()), Block(SOFTIRQS)

    def page(self) -> bytes:
        """Return the totals; raise ValueError when a line is missing or holds no number."""
        lines = parse(self._files.read("stat"))
        missing = [word.decode() for word in FAMILIES if not lines.get(word)]
        if missing:
            raise ValueError(f"/proc/stat: expected the lines {', '.join(missing)}")
        page = self._block.render([()], digits([lines[word][0] for word in FAMILIES]))
        if self.options.softirq:
            vectors = digits(lines[b"softirq"][1 : len(VECTORS) + 1])
            page += self._softirqs.render([(vector,) for vector in VECTORS], vectors)
        return page
