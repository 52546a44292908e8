"""node_processes_*: how many processes and threads there are, in which states, and how many there may be."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.base.shared import ProcessList
from exporter.exposition.text import Block, Family
from exporter.kernel.process_list import Process, read_processes

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
        self._limits = (roots.file("sys", "kernel", "threads-max"), roots.file("sys", "kernel", "pid_max"))
        self._limits_block, self._totals = Block(*LIMITS), Block(*TOTALS)
        self._states, self._thread_states = Block(STATE), Block(THREADS_STATE)

    def page(self) -> bytes:
        """Return the gauges; raise OSError or ValueError when a limit can't be read."""
        states: Counter[str] = Counter()
        thread_states: Counter[str] = Counter()
        threads = 0
        for process in self._processes.read():
            states[process.state] += 1
            threads += process.threads
            thread_states.update(self._thread_states_of(process))
        limits = [int(limit.read()) for limit in self._limits]
        return (
            self._limits_block.render([()], limits)
            + self._totals.render([()], [threads, states.total()])
            + self._states.render([(state,) for state in states], states.values())
            + self._thread_states.render([(state,) for state in thread_states], thread_states.values())
        )

    def _thread_states_of(self, process: Process) -> Iterator[str]:
        """Yield the state of each thread; most processes have one, and need no second look."""
        if process.threads == 1:
            yield process.state
            return
        with suppress(FileNotFoundError, PermissionError, ProcessLookupError):
            for thread in read_processes(f"{self.roots.proc}/{process.pid}/task"):
                yield process.state if thread.pid == process.pid else thread.state

    def close(self) -> None:
        """Give the descriptors back."""
        for limit in self._limits:
            limit.close()
