"""Sizes of file systems, asked so that a dead server's mount never holds up a scrape."""

import errno
import os
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from time import monotonic

from vigie.core.thread_restarts import watched_thread

Result = os.statvfs_result | OSError | None

# File systems whose statfs(2) answers from memory. Every other kind may ask a server or a user's process, for ever.
LOCAL_TYPES = frozenset({
    "adfs", "affs", "bcachefs", "bfs", "btrfs", "cramfs", "devtmpfs", "efivarfs", "erofs", "exfat", "ext2", "ext3",
    "ext4", "f2fs", "hfs", "hfsplus", "hugetlbfs", "iso9660", "jffs2", "jfs", "minix", "msdos", "nilfs2", "ntfs",
    "ntfs3", "overlay", "proc", "ramfs", "reiserfs", "rootfs", "romfs", "squashfs", "sysfs", "tmpfs", "ubifs", "udf",
    "ufs", "vfat", "xfs", "zfs", "zonefs",
})  # fmt: skip
STUCK = OSError(errno.ETIMEDOUT, "mountpoint timeout")


class Prober:
    """Asks for the sizes of mounts: local ones at once, each of the others on a thread of its own.

    A thread that its mount does not answer stays with that mount, and no second one is ever started for it, so the
    number of threads is bounded by the number of mounts. The mount counts as stuck until the answer comes.
    """

    def __init__(self, timeout_seconds: float, statvfs: Callable[[str], os.statvfs_result] = os.statvfs) -> None:
        self._timeout_seconds = timeout_seconds
        self._statvfs = statvfs
        self._helpers: dict[str, _Helper] = {}

    def probe(self, mounts: Iterable[tuple[str, str]]) -> list[os.statvfs_result | OSError]:
        """Return for each (path, fstype) its statvfs, or the error that it gave, `STUCK` when it gives no answer.

        All remote mounts together are waited for at most `timeout_seconds`, and not at all when already stuck.
        """
        mount_list = list(mounts)
        remote = {path for path, fstype in mount_list if fstype not in LOCAL_TYPES}
        for path in set(self._helpers) - remote:
            self._helpers.pop(path).end()
        for path in remote - set(self._helpers):
            self._helpers[path] = _Helper(path, self._statvfs)
        for helper in self._helpers.values():
            helper.ask()
        deadline = monotonic() + self._timeout_seconds
        return [
            self._helpers[path].answer(deadline) if path in remote else _ask(self._statvfs, path)
            for path, _ in mount_list
        ]

    def close(self) -> None:
        """End the threads that aren't stuck; a stuck one ends when its mount answers."""
        while self._helpers:
            self._helpers.popitem()[1].end()


class _Helper:
    """One mount's thread: asks when told to, and keeps at most one question outstanding."""

    def __init__(self, path: str, statvfs: Callable[[str], os.statvfs_result]) -> None:
        self._path = path
        self._statvfs = statvfs
        self._questions: SimpleQueue[bool] = SimpleQueue()
        self._answered = threading.Event()
        self._answered.set()
        self._is_stuck = False
        self._result: os.statvfs_result | OSError = STUCK
        thread = watched_thread("statvfs", self._run)
        thread.name = f"statvfs {path}"  # for who looks at it; the metric names no paths
        thread.start()

    def ask(self) -> None:
        """Start a question unless one is outstanding."""
        if self._answered.is_set():
            self._is_stuck = False
            self._answered.clear()
            self._questions.put(True)

    def answer(self, deadline: float) -> os.statvfs_result | OSError:
        """Return the answer, waiting for it until `deadline` (of `time.monotonic`) the first time."""
        wait_seconds = 0.0 if self._is_stuck else max(0.0, deadline - monotonic())
        self._is_stuck = not self._answered.wait(wait_seconds)
        return STUCK if self._is_stuck else self._result

    def end(self) -> None:
        """Let the thread end once it has no question."""
        self._questions.put(False)

    def _run(self) -> None:
        while self._questions.get():
            try:
                self._result = _ask(self._statvfs, self._path)
            finally:  # a question that ended unexpectedly keeps nobody waiting for ever
                self._answered.set()


def _ask(statvfs: Callable[[str], os.statvfs_result], path: str) -> os.statvfs_result | OSError:
    try:
        return statvfs(path)
    except OSError as error:
        return error
    except ValueError:  # a NUL in the path, which no kernel prints
        return OSError(errno.EINVAL, os.strerror(errno.EINVAL))
