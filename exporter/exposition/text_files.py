"""Text files in folders: each is parsed once for each of its versions, and what can't be read has a reason."""

import errno
import glob
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from exporter.exposition.text_format import Parsed, Reason, TextProblemError, parse

ENDING = ".prom"
Version = tuple[int, ...]


class Refusal(NamedTuple):
    """What of a file is not on the page, and why: the whole of it (an amount of 1), or that many of its series."""

    file: str
    reason: Reason
    message: str
    amount: int = 1


class TextFile(NamedTuple):
    """A file as it is now: its version, when it was written, and what it holds or why it is refused."""

    path: str
    version: Version
    mtime_seconds: int
    content: Parsed | Refusal


class TextFiles:
    """The files of some folders, parsed again only when their size, time or inode changed."""

    def __init__(self, directories: Sequence[str], max_bytes: int) -> None:
        """Take folders or patterns of folders; a larger file than `max_bytes` is refused."""
        self._directories = directories
        self._max_bytes = max_bytes
        self._known: dict[str, TextFile] = {}

    def look(self) -> list[TextFile]:
        """Return the files, by folder in the order given and by name; a folder that can't be read is one of them."""
        files = [file for directory in expand(self._directories) for file in self._look_into(directory)]
        self._known = {file.path: file for file in files if file.version}
        return files

    def _look_into(self, directory: str) -> Iterator[TextFile]:
        try:
            names = sorted(name for name in os.listdir(directory) if name.endswith(ENDING))  # noqa: PTH208 - its cost
        except OSError as error:
            yield _unreadable(directory, error)
            return
        for name in names:
            path = os.path.join(directory, name)  # noqa: PTH118 - at every scrape; a Path costs more than the call
            try:
                yield self._look_at(path)
            except OSError as error:
                yield _unreadable(path, error)

    def _look_at(self, path: str) -> TextFile:
        last = self._known.get(path)
        if last is not None and last.version == version_of(os.stat(path)):  # noqa: PTH116
            return last
        status, content = read_regular(path, self._max_bytes + 1)
        version, mtime_seconds = version_of(status), status.st_mtime_ns // 1_000_000_000
        return TextFile(path, version, mtime_seconds, self._understand(path, content))

    def _understand(self, path: str, content: bytes) -> Parsed | Refusal:
        if len(content) > self._max_bytes:
            return Refusal(path, "too_large", f"it is larger than {self._max_bytes} bytes")
        try:
            return parse(content)
        except TextProblemError as error:
            return Refusal(path, error.reason, str(error))


def expand(directories: Iterable[str]) -> list[str]:
    """Return the folders that the patterns name, each once; a pattern that names none stands for itself."""
    folders: dict[str, None] = {}
    for directory in filter(None, directories):
        has_magic = glob.has_magic(directory)
        # Go's patterns, unlike a shell's, let `*` stand for hidden names too.
        names = sorted(glob.glob(directory, include_hidden=True)) if has_magic else []  # noqa: PTH207 - hidden names
        folders |= dict.fromkeys(names or [directory])
    return list(folders)


def version_of(status: os.stat_result) -> Version:
    """Return what differs when a file was written anew or replaced; the last is for a time that was set back."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def read_regular(path: str, most_bytes: int) -> tuple[os.stat_result, bytes]:
    """Return a regular file's state before its reading and up to `most_bytes` of it; raise OSError.

    Nothing else is read: a pipe that somebody put there would be waited for without end.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        chunks, left = [], most_bytes
        while left > 0 and (chunk := os.read(descriptor, left)):
            chunks.append(chunk)
            left -= len(chunk)
        return status, b"".join(chunks)
    finally:
        os.close(descriptor)


def _unreadable(path: str, error: OSError) -> TextFile:
    return TextFile(path, (), 0, Refusal(path, "unreadable", error.strerror or str(error)))
