"""What a container's processes hold: descriptors, sockets, states, limits, and their I/O where no group tells it.

It is read at most twice a minute, and of a bounded number of processes, since it costs a call for each descriptor.
Other users' descriptors need root (or CAP_SYS_PTRACE): what is refused is left out.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

from exporter.cgroups.files import read_once
from exporter.cgroups.parse import pick
from exporter.container_families import families as f
from exporter.container_families.rows import Rows

T = TypeVar("T")
MOST_PROCESSES = 200
MOST_LINKS = 1000  # descriptors of one process that are asked whether they are sockets
# Letters of /proc/PID/stat (proc_pid_stat(5)) by the words of `container_tasks_state`.
STATES = {b"S": 0, b"I": 0, b"R": 1, b"T": 2, b"t": 2, b"D": 3}
STATE_KEYS = tuple((f.TASKS_STATE, f',state="{state}"') for state in f.TASK_STATES)
OPEN_FILES = b"Max open files"


class Seen(NamedTuple):
    """One process; None is what was refused."""

    state: int | None
    descriptors: int | None
    sockets: int | None
    io_bytes: tuple[int, int] | None


class Processes:
    """The processes of one container."""

    def __init__(self, proc: Path, first_pid: int) -> None:
        self._proc = proc
        self._first_pid = first_pid
        self._last_io: dict[int, tuple[int, int]] = {}
        self._io_bytes = [0, 0]

    def read(self, rows: Rows, pids: list[int], *, counts_io: bool) -> None:
        """Add what the processes hold now; raise OSError only when the first one's limits can't be read."""
        processes = {pid: self._look(pid, counts_io=counts_io) for pid in pids[:MOST_PROCESSES]}
        rows.add(((f.PROCESSES, ""),), (len(pids),))
        for family, values in (
            (f.FILE_DESCRIPTORS, [process.descriptors for process in processes.values()]),
            (f.SOCKETS, [process.sockets for process in processes.values()]),
        ):
            readable = [value for value in values if value is not None]
            rows.add(((family, ""),) if readable else (), (sum(readable),) if readable else ())
        states = [process.state for process in processes.values()]
        rows.add(STATE_KEYS, [states.count(place) for place in range(len(STATE_KEYS))])
        limit = open_files_limit(read_once(f"{self._proc}/{self._first_pid}/limits"))
        if limit is not None:
            rows.add(((f.ULIMITS, ',ulimit="max_open_files"'),), (limit,))
        io_bytes = {pid: process.io_bytes for pid, process in processes.items() if process.io_bytes is not None}
        if io_bytes:
            self._count_io(io_bytes)
            rows.add(((f.IO_READ, ""), (f.IO_WRITTEN, "")), self._io_bytes)

    def _count_io(self, now: dict[int, tuple[int, int]]) -> None:
        """Sum what each process did since it was last seen: the sum of their counters falls when one of them ends."""
        for pid, counters in now.items():
            last = self._last_io.get(pid, (0, 0))
            if counters[0] < last[0] or counters[1] < last[1]:
                last = (0, 0)  # another process with that pid
            for place in (0, 1):
                self._io_bytes[place] += counters[place] - last[place]
        self._last_io = now

    def _look(self, pid: int, *, counts_io: bool) -> Seen:
        folder = f"{self._proc}/{pid}"
        descriptors, sockets = _count_descriptors(f"{folder}/fd")
        state = _told(f"{folder}/stat", parse_state)
        io_bytes = _told(f"{folder}/io", parse_io) if counts_io else None
        return Seen(state, descriptors, sockets, io_bytes)


def _told(path: str, parse: Callable[[bytes], T]) -> T | None:
    """Return what a file says, None when it is refused, or the process has ended."""
    try:
        return parse(read_once(path))
    except (OSError, ValueError):
        return None


def parse_state(text: bytes) -> int | None:
    """Return the place in TASK_STATES of what /proc/PID/stat says, None for others (zombies); raise ValueError."""
    words = text.rpartition(b")")[2].split(None, 1)
    if not words:
        raise ValueError(f"expected `pid (command) state …`, got {text[:80]!r}")
    return STATES.get(words[0])


def parse_pids(text: bytes) -> list[int]:
    """Return the processes of `cgroup.procs`; raise ValueError for anything else."""
    return [int(word) for word in text.split()]


def parse_io(text: bytes) -> tuple[int, int]:
    """Return the bytes that /proc/PID/io says were fetched from storage, and sent to it; raise ValueError."""
    numbers = {name: int(value) for name, _, value in (line.partition(b":") for line in text.splitlines())}
    read, written = pick(numbers, b"read_bytes", b"write_bytes")
    return read, written


def open_files_limit(text: bytes) -> int | None:
    """Return the soft limit of open files from /proc/PID/limits, -1 when there is none, None when it says nothing.

    Raises ValueError when it is no number.
    """
    for line in text.splitlines():
        if line.startswith(OPEN_FILES):
            soft = line.removeprefix(OPEN_FILES).partition(b" ")[2].lstrip().partition(b" ")[0]
            return -1 if soft == b"unlimited" else int(soft)
    return None


def _count_descriptors(folder: str) -> tuple[int | None, int | None]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names, not paths, of what may be thousands
    except OSError:
        return None, None
    return len(names), sum(map(_is_socket, _paths(folder, names[:MOST_LINKS])))


def _paths(folder: str, names: Iterable[str]) -> Iterable[str]:
    return (f"{folder}/{name}" for name in names)


def _is_socket(path: str) -> bool:
    try:
        return os.readlink(path).startswith("socket")  # noqa: PTH115 - a Path for each descriptor costs five times as much
    except OSError:  # closed meanwhile
        return False
