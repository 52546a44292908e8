"""The files of control groups, kept open between scrapes as long as there are descriptors to spare."""

import errno
import os
import resource
from pathlib import Path

from exporter.kernel.files import READ_BYTES

FIRST_READ_BYTES = 512  # doubled until a file fits; up to so many Python has a buffer ready
SPARED = 512  # descriptors left for everything else
MOST = 16_384
NEARLY_A_PAGE, MOST_CHUNKS = 3072, 256  # no record is longer than the rest of a page


class GroupFile:
    """A file of one record, as all of a group but its lists of processes are: one short read is the whole.

    `single_open` of fs/seq_file.c hands the record out in one piece when the buffer holds it. There are some fifteen
    for each container, so that they are kept small.
    """

    __slots__ = ("_descriptor", "_is_kept", "_path", "_size_bytes")

    def __init__(self, path: str, *, is_kept: bool) -> None:
        """Take the path, and whether the descriptor is kept between readings."""
        self._path = path
        self._is_kept = is_kept
        self._descriptor = -1
        self._size_bytes = FIRST_READ_BYTES

    def read(self) -> bytes:
        """Return the whole file as it is now; raise OSError, and FileNotFoundError when the group is gone."""
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            content = os.pread(self._descriptor, self._size_bytes, 0)
            while len(content) == self._size_bytes:
                self._size_bytes *= 2
                content = os.pread(self._descriptor, self._size_bytes, 0)
        except OSError as error:
            self.close()
            if error.errno == errno.ENODEV:  # the group of an open file was removed (fs/kernfs/file.c)
                raise FileNotFoundError(error.errno, error.strerror, self._path) from error
            raise
        if not self._is_kept:
            self.close()
        return content

    def close(self) -> None:
        """Give the descriptor back; the next read opens the file again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Budget:
    """How many descriptors may be kept in all."""

    def __init__(self, count: int) -> None:
        self.left = count


class Files:
    """The files of one container."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._kept: list[GroupFile] = []

    def file(self, path: Path) -> GroupFile | None:
        """Return a file, kept open between readings while the budget lasts; None when there is none."""
        if not path.exists():
            return None
        if self._budget.left <= 0:
            return GroupFile(str(path), is_kept=False)
        self._budget.left -= 1
        kept = GroupFile(str(path), is_kept=True)
        self._kept.append(kept)
        return kept

    def close(self) -> None:
        """Give all descriptors back."""
        for file in self._kept:
            file.close()
        self._budget.left += len(self._kept)
        self._kept.clear()


def read_once(path: Path | str) -> bytes:
    """Return a file, up to 1 MiB of it, without keeping it open; raise OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        chunks = [os.read(descriptor, READ_BYTES)]
        # A seq_file of many records hands out what fits into a page: a group of 600 processes, or 30 network devices.
        while len(chunks[-1]) >= NEARLY_A_PAGE and len(chunks) < MOST_CHUNKS:
            chunks.append(os.read(descriptor, READ_BYTES))
        return b"".join(chunks)
    finally:
        os.close(descriptor)


def make_budget() -> Budget:
    """Raise this process's own limit as far as it may go, and return what can be kept open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = MOST + SPARED if hard == resource.RLIM_INFINITY else min(hard, MOST + SPARED)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        soft = limit
    most = MOST if soft == resource.RLIM_INFINITY else min(MOST, soft - SPARED)
    return Budget(max(0, most))
