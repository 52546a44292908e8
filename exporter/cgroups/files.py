"""The files of control groups, kept open between scrapes as long as there are descriptors to spare."""

import errno
import os
import resource
from pathlib import Path

from exporter.host import READ_BYTES, KernelFile

SMALLEST_READ_BYTES = 256
SPARED = 512  # descriptors left for everything else
MOST = 16_384


class GroupFile(KernelFile):
    """A file of one record, as all of a group but its lists of processes are: one short read is the whole.

    `single_open` of fs/seq_file.c hands the record out in one piece when the buffer holds it.
    """

    def read(self) -> bytes:
        """Return the whole file as it is now; raise OSError, and FileNotFoundError when the group is gone."""
        if self._descriptor >= 0:
            try:
                content = os.pread(self._descriptor, self._size_bytes, 0)
            except OSError as error:
                self.close()
                raise _gone(error, self.path) from error
            if len(content) < self._size_bytes:
                return content
        content = super().read()
        # The buffer is as small as will do: up to 512 bytes Python has them ready.
        self._size_bytes = max(SMALLEST_READ_BYTES, 2 * len(content))
        return content


class PassingFile(KernelFile):
    """A file that is opened anew at each read, where there are no descriptors to spare."""

    def read(self) -> bytes:
        """Return the whole file as it is now; raise OSError, and FileNotFoundError when the group is gone."""
        try:
            return read_once(self.path)
        except OSError as error:
            raise _gone(error, self.path) from error


class Budget:
    """How many descriptors may be kept in all."""

    def __init__(self, count: int) -> None:
        self.left = count


class Files:
    """The files of one container."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._kept: list[KernelFile] = []

    def file(self, path: Path) -> KernelFile:
        """Return a file, kept open after its first read while the budget lasts."""
        if self._budget.left <= 0:
            return PassingFile(path)
        self._budget.left -= 1
        kept = GroupFile(path)
        self._kept.append(kept)
        return kept

    def close(self) -> None:
        """Give all descriptors back."""
        for file in self._kept:
            file.close()
        self._budget.left += len(self._kept)
        self._kept.clear()


def read_once(path: Path | str) -> bytes:
    """Return the start of a file, up to 64 KiB, without keeping it open; raise OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, READ_BYTES)
    finally:
        os.close(descriptor)


def make_budget() -> Budget:
    """Raise this process's own limit as far as it may go, and return what can be kept open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + SPARED if hard == resource.RLIM_INFINITY else min(hard, MOST + SPARED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    most = MOST if soft == resource.RLIM_INFINITY else min(MOST, soft - SPARED)
    return Budget(max(0, most))


def _gone(error: OSError, path: Path) -> OSError:
    """Return the error, as FileNotFoundError where the group of an open file was removed (ENODEV, fs/kernfs/file.c)."""
    if error.errno == errno.ENODEV:
        return FileNotFoundError(error.errno, error.strerror, str(path))
    return error
