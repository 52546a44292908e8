"""The files of jobs that have no target any more: they stay, empty, until Prometheus has surely read them so."""

import time
from collections.abc import Iterable

from discovery.publishing.files import Folder

EMPTY = b"[]\n"
JOBS_PREFIX = "app-"  # the few files with names of their own stay


class EmptyFiles:
    """Since when which file has been empty."""

    def __init__(self, retention_seconds: float) -> None:
        self._retention_seconds = retention_seconds
        self._since: dict[str, float] = {}  # on the monotonic clock

    def note(self, name: str, content: bytes) -> None:
        """Note what a file holds now."""
        if content != EMPTY or not name.startswith(JOBS_PREFIX):
            self._since.pop(name, None)
        else:
            self._since.setdefault(name, time.monotonic())

    def remove_old(self, folder: Folder) -> frozenset[str]:
        """Take the files away that have been empty for long; return their names. Raises OSError."""
        until = time.monotonic() - self._retention_seconds
        ended = frozenset(name for name, since in self._since.items() if since <= until)
        for name in ended:
            folder.remove(name)
            del self._since[name]
        return ended

    def without_removed(self, missing: Iterable[str], folder: Folder) -> frozenset[str]:
        """Return those of the missing files that are to be written again: an empty one that is gone is no loss.

        Another bridge with the same folder may have taken it away, as we would.
        """
        gone = self._since.keys() & set(missing)
        for name in gone:
            folder.remove(name)
            del self._since[name]
        return frozenset(missing) - gone
