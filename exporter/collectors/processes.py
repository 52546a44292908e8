"""node_processes_*: how many processes and threads there are, in which states, and how many there may be."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.base.shared import ProcessList
from exporter.exposition.text import Block, Family
from exporter.kernel.process_list import Process, read_processes
from exporter.parsing.items import item
from exporter.parsing.numbers import natural

ENDED = (FileNotFoundError, PermissionError, ProcessLookupError)  # or /proc is mounted with hidepid
LIMITS = (
    Family("node_processes_max_threads", "gauge", "Limit of threads in the system"),
    Family("node_processes_max_processes", "gauge", "Number of max PIDs limit"),
)
TOTALS = (
    Family("node_processes_threads", "gauge", "Allocated threads in system"),
    Family("node_processes_pids", "gauge", "Number of PIDs"),
)
STATE = Family("node_processes_state", "gauge", "Number of processes in each state.", ("state",))
THREADS_STATE = Family("node_processes_threads_state", "gauge", "Number of threads in each state.", ("thread_state",))


class Processes(Collector):
    """Exposes the counts of processes and threads by state."""

    enabled_by_default = False

    def __init__(self, roots: Roots, processes: ProcessList, options: object = None) -> None:
        super().__init__(roots, options)
        self._processes = processes
        self._limits = [
            (roots.file("sys", "kernel", name), Block(family))
            for name, family in zip(("threads-max", "pid_max"), LIMITS, strict=True)
        ]
        self._totals = Block(*TOTALS)
        self._states, self._thread_states = Block(STATE), Block(THREADS_STATE)

    def page(self) -> bytes:
        """Return the gauges; raise OSError when the processes can't be listed."""
        states: Counter[str] = Counter()
        thread_states: Counter[str] = Counter()
        threads = 0
        for process in self._processes.read():
            states[process.state] += 1
            threads += process.threads
            thread_states.update(self._thread_states_of(process))
        page = b""
        for file, block in self._limits:
            with item(file.path):
                page += block.render([()], [natural(file.read().strip(b" \t\n"))])
        return (
            page
            + self._totals.render([()], [threads, states.total()])
            + self._states.render([(state,) for state in states], states.values())
            + self._thread_states.render([(state,) for state in thread_states], thread_states.values())
        )

    def _thread_states_of(self, process: Process) -> Iterator[str]:
        """Yield the state of each thread; most processes have one, and need no second look."""
        if process.threads == 1:
            yield process.state
            return
        with suppress(*ENDED), item(f"/proc/{process.pid}/task", ENDED):
            for thread in read_processes(f"{self.roots.proc}/{process.pid}/task"):
                yield process.state if thread.pid == process.pid else thread.state

    def close(self) -> None:
        """Give the descriptors back."""
        for file, _ in self._limits:
            file.close()
