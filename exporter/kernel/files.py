"""Files of the kernel, read as a scrape needs them: kept open, or small and read at once."""

import os
import select
from pathlib import Path

from exporter.parsing.items import skip

READ_BYTES = 65536
FIRST_READ_BYTES = 4096  # what is allocated for each read; grows to twice what a file turned out to hold


class KernelFile:
    """A file that the kernel writes anew at each read, kept open: a scrape costs a `pread` instead of three calls.

    The descriptor is opened at the first read and again after any error: a device or a process that went away and
    came back has another one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._size_bytes = FIRST_READ_BYTES

    def read(self) -> bytes:
        """Return the whole file as it is now; raise OSError, and FileNotFoundError when it isn't there."""
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            # A seq_file hands out whole records, so a short read is not the end: only an empty one is
            # (Documentation/filesystems/seq_file.rst).
            content = os.pread(self._descriptor, self._size_bytes, 0)
            if not content:
                return content
            chunks, offset = [content], len(content)
            while more := os.pread(self._descriptor, self._size_bytes, offset):
                chunks.append(more)
                offset += len(more)
            if len(chunks) == 1:
                return content
            self._size_bytes = 2 * offset
            return b"".join(chunks)
        except OSError:
            self.close()
            raise

    def has_changed(self) -> bool:
        """Return whether a file that tells of its changes, such as mountinfo, has changed since it was asked last.

        True as well before the first read. proc(5): a change of mounts is marked as a priority event and an error.
        """
        if self._descriptor < 0:
            return True
        poll = select.poll()
        poll.register(self._descriptor, select.POLLPRI)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Give the descriptor back; the next read opens the file again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def read_text(path: Path) -> str:
    """Return a small file's text without the white space around it; raise OSError.

    For the many one-line files of /sys; bytes that are not UTF-8 become U+FFFD, as label values must be UTF-8.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, READ_BYTES).decode("utf-8", "replace").strip()
    finally:
        os.close(descriptor)


def read_text_or(path: Path, default: str = "") -> str:
    """Return `read_text(path)`, or `default` when the attribute is absent or its driver refuses to read it.

    A path with a NUL, which came out of another file, is none.
    """
    try:
        return read_text(path)
    except (OSError, ValueError):
        return default


def list_folder(path: Path) -> list[str]:
    """Return the sorted names in a folder, [] when it is absent; raise OSError when it can't be read."""
    try:
        return sorted(os.listdir(path))  # noqa: PTH208 - half the cost of iterdir, at every scrape
    except (FileNotFoundError, NotADirectoryError):
        return []


def list_or_skip(path: Path) -> list[str]:
    """Return the sorted names in one folder of several, [] when it is absent; one that can't be read is skipped."""
    try:
        return list_folder(path)
    except OSError as error:
        skip(path, error)
        return []
