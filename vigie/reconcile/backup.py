"""Keeps what is about to be overwritten or deleted, so that a wrong apply can be taken back by hand."""

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from vigie.core.errors import ProblemError
from vigie.reconcile.model import Change

NAME = "%Y-%m-%dT%H-%M-%S.%fZ"


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class Backup:
    """One folder for each run that overwrites something, one JSON file for each object; only we may read them."""

    def __init__(self, folder: Path, target: str, kept: int, clock: Callable[[], datetime] = now) -> None:
        """Take where all runs are kept, the name of what is written to, and how many runs are kept."""
        self.folder = folder
        self.target = target
        self.kept = kept
        self.run = folder / clock().strftime(NAME)

    def keep(self, changes: Sequence[Change]) -> None:
        """Write what the changes will overwrite or delete; raises ProblemError when it can't be written."""
        lost = [change for change in changes if change.before is not None]
        if not lost:
            return
        try:
            self.run.mkdir(mode=0o700, parents=True, exist_ok=True)
            for change in lost:
                _write(self.run / f"{quote(self.target, safe='')}.{_file_name(change)}", change)
            self._forget_old()
        except OSError as error:
            raise ProblemError(
                f"backup folder {self.folder}: {error.strerror or error}; nothing was overwritten; "
                "expected a folder that vigie may write (--backup-dir)"
            ) from error

    def _forget_old(self) -> None:
        runs = sorted(path for path in self.folder.iterdir() if path.is_dir() and path.name.endswith("Z"))
        for path in runs[: -self.kept]:
            shutil.rmtree(path)


def _file_name(change: Change) -> str:
    return quote(f"{change.resource}.{change.key}".replace(" ", "-"), safe="")[:240] + ".json"


def _write(path: Path, change: Change) -> None:
    text = msgspec.json.format(msgspec.json.encode(change.before), indent=2)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(descriptor)
