"""Writes and reads the output folder: whole files or nothing, and only when their content changed."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

STATE_FILE = ".state/guard.json"
DISPLACED_FILE = ".state/displaced.json"  # the targets that are in no file because their address is another's
FILE_MODE = 0o644  # Prometheus usually runs as another user

Signature = tuple[int, int, int]


class WrittenFile(NamedTuple):
    """A file as it was when we last looked: the digest of its content, and its inode, size and time."""

    digest: bytes
    signature: Signature


class ForeignChanges(NamedTuple):
    """Files that somebody else took away, or changed, since we wrote them."""

    missing: frozenset[str]
    changed: frozenset[str]


class Folder:
    """The output folder; what Prometheus watches in it is only ever replaced by a rename."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = path / ".tmp"  # Prometheus does not watch it: a new file among the targets costs it a rescan
        self._written: dict[str, WrittenFile] = {}

    def prepare(self) -> None:
        """Create the folders that are missing; raise OSError."""
        for folder in (self.path, self._temporary, self.path / ".state"):
            folder.mkdir(parents=True, exist_ok=True)

    def read(self) -> dict[str, bytes]:
        """Return the content of each target file by its name; raise OSError."""
        contents = {path.name: path.read_bytes() for path in self.path.glob("*.json")}
        for name, content in contents.items():
            self._written[name] = WrittenFile(_digest(content), _signature(self.path / name))
        return contents

    def write(self, name: str, content: bytes) -> bool:
        """Bring the file `name` to `content`; return whether that took a write. Raises OSError."""
        before, digest = self._written.get(name), _digest(content)
        if before and before.digest == digest:
            return False
        path = self.path / name
        # Two bridges may write into one folder: their unfinished files must not meet.
        temporary = self._temporary / f"{path.name}.{os.getpid()}"
        try:
            _write_synced(temporary, content)
            signature = _signature(temporary)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        self._written[name] = WrittenFile(digest, signature)
        return True

    def remove(self, name: str) -> None:
        """Take the file `name` away, if it is still there; raise OSError."""
        (self.path / name).unlink(missing_ok=True)
        self._written.pop(name, None)

    def write_state(self, content: bytes) -> None:
        """Write the state file, when its content changed; raise OSError."""
        self.write(STATE_FILE, content)

    def read_state(self) -> bytes | None:
        """Return the content of the state file, None when there is none yet; raise OSError."""
        return _read_if_exists(self.path / STATE_FILE)

    def read_displaced(self) -> bytes | None:
        """Return the targets that stand in no file, None when there is no such file yet; raise OSError."""
        return _read_if_exists(self.path / DISPLACED_FILE)

    def find_foreign_changes(self) -> ForeignChanges:
        """Return which of the files that we wrote are no longer as we left them; raise OSError."""
        missing, changed = set(), set()
        for name, written in list(self._written.items()):
            try:
                signature = _signature(self.path / name)
                if signature == written.signature:
                    continue
                digest = _digest((self.path / name).read_bytes())
            except FileNotFoundError:
                missing.add(name)
                continue
            self._written[name] = WrittenFile(digest, signature)
            if digest != written.digest:
                changed.add(name)
        return ForeignChanges(frozenset(missing), frozenset(changed))

    def invalidate(self, names: Iterable[str]) -> None:
        """Have `write` write these files, whatever is in them."""
        for name in names:
            self._written.pop(name, None)


def _read_if_exists(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        os.fchmod(file.fileno(), FILE_MODE)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _signature(path: Path) -> Signature:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
