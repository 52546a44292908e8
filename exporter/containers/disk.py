"""How much disk a container's layer takes, measured on a thread of its own, slowly, and kept for minutes."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import NamedTuple

from vigie.core.thread_restarts import watched_thread

BLOCK_BYTES = 512  # the unit of st_blocks, whatever the file system's
FILES_AT_ONCE = 500
BUSY_SHARE = 0.1  # of its time the thread works, the rest it rests
JOIN_SECONDS = 2.0


class Taken(NamedTuple):
    """What files take: bytes on the disk, and inodes."""

    size_bytes: int
    inodes: int


class Survey:
    """Measures the folders that it is told of, each at most once in `period_seconds`."""

    def __init__(self, period_seconds: float, max_files: int) -> None:
        """Take how often a folder is measured, and the number of files above which one is given up."""
        self._period_seconds = period_seconds
        self._max_files = max_files
        self._wanted: Mapping[str, Sequence[str]] = {}
        self._taken: dict[str, Taken] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, folders: Mapping[str, Sequence[str]]) -> None:
        """Measure these containers' folders from now on: by container the layer, then what counts in bytes alone."""
        self._wanted = folders
        self._taken = {key: taken for key, taken in self._taken.items() if key in folders}
        if self._thread is None:
            self._thread = watched_thread("disk usage", self._run)
            self._thread.start()

    def taken(self, key: str) -> Taken | None:
        """Return what a container took when it was last measured, None when it was not yet."""
        return self._taken.get(key)

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        # On Linux a priority is a thread's, and its I/O's follows it (ioprio_set(2)).
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        measured: dict[str, float] = {}
        while not self._ending.wait(1.0):
            to_measure = self._wanted
            measured = {key: at for key, at in measured.items() if key in to_measure}
            for key, folders in to_measure.items():
                if monotonic() - measured.get(key, -self._period_seconds) >= self._period_seconds:
                    self._measure(key, folders)
                    measured[key] = monotonic()

    def _measure(self, key: str, folders: Sequence[str]) -> None:
        sizes = [measure(folder, self._max_files, self._rest()) for folder in folders]
        layer = sizes[0] if sizes else None
        if layer is not None and not self._ending.is_set():
            more = sum(size.size_bytes for size in sizes[1:] if size is not None)
            self._taken[key] = Taken(layer.size_bytes + more, layer.inodes)

    def _rest(self) -> Callable[[], bool]:
        """Return what rests in proportion to the time since it was last called, and tells whether to go on."""
        began = monotonic()

        def rest() -> bool:
            nonlocal began
            self._ending.wait((monotonic() - began) * (1 - BUSY_SHARE) / BUSY_SHARE)
            began = monotonic()
            return not self._ending.is_set()

        return rest


def measure(folder: str, max_files: int, rest: Callable[[], bool]) -> Taken | None:
    """Return what the files below `folder` take on its own file system, None for more than `max_files` or no folder.

    Hard links count once. `rest` is called every few hundred files and tells whether to go on.
    """
    try:
        device = os.stat(folder).st_dev  # noqa: PTH116 - follows /proc/PID/root, which is a link
    except OSError:
        return None
    linked: set[int] = set()
    size = inodes = 0
    todo = [folder]
    while todo:
        for status, path in _entries(todo.pop()):
            if status.st_dev != device or status.st_ino in linked:
                continue
            if status.st_nlink > 1:
                linked.add(status.st_ino)
            size += status.st_blocks * BLOCK_BYTES
            inodes += 1
            if inodes > max_files or (inodes % FILES_AT_ONCE == 0 and not rest()):
                return None
            if path:
                todo.append(path)
    rest()
    return Taken(size, inodes)


def _entries(folder: str) -> list[tuple[os.stat_result, str]]:
    """Return each entry's status, with its path when it is a folder; [] when the folder went away."""
    try:
        with os.scandir(folder) as entries:
            return [
                (entry.stat(follow_symlinks=False), entry.path if entry.is_dir(follow_symlinks=False) else "")
                for entry in entries
            ]
    except OSError:
        return []
