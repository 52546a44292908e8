"""Delivers files to a server on this machine: checks, places, reloads and verifies them, or restores the previous."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog

from vigie.core.atomic_files import STAGING, copy_if_exists, exclusive_lock, os_errors_explained, sync, write_synced
from vigie.core.errors import ProblemError, TransientError

# Looks at the new files, by name, in the staging folder that holds them; raises ProblemError when they are refused.
Check = Callable[[Mapping[str, Path], Path], None]
log = structlog.get_logger()


class LastReload(Protocol):
    """What a server says of its last reload; the time of the last successful one is in seconds since 1970."""

    @property
    def successful(self) -> bool:
        """Whether the last reload succeeded."""

    @property
    def success_timestamp_seconds(self) -> float:
        """When the last successful reload was."""


class ReloadingServer(Protocol):
    """A server that reads files, and reads them again when it is asked to."""

    @property
    def product(self) -> str:
        """What it is, such as Prometheus."""

    @property
    def name(self) -> str:
        """Its address without credentials."""

    def reload(self) -> None:
        """Make it read its files again; raises ProblemError with its own words when it refuses."""

    def last_reload(self) -> LastReload:
        """Return what it says of its last reload."""


class FileState(NamedTuple):
    """A file's text, and when it came to be there, in seconds since 1970."""

    text: str
    changed_seconds: float


class FileDelivery:
    """The files of ours in one folder that one server reads."""

    def __init__(self, folder: Path, server: ReloadingServer, folder_is: str, files_are: str) -> None:
        """Take the folder and the server that reads it.

        Messages call the folder and its files as `folder_is` and `files_are` say: `rule folder`, `rule files are`.
        """
        self.folder = folder
        self.server = server
        self.folder_is = folder_is
        self.files_are = files_are

    def read(self, names: Iterable[str]) -> dict[str, FileState]:
        """Return the files of these names that are there; raises ProblemError when one can't be read."""
        with self._os_errors_explained():
            paths = [path for name in names if (path := self.folder / name).exists()]
            return {
                path.name: FileState(path.read_bytes().decode(errors="replace"), path.stat().st_ctime) for path in paths
            }

    def find(self, pattern: str) -> list[str]:
        """Return the names of the files that match, sorted; raises ProblemError when the folder can't be read."""
        with self._os_errors_explained():
            return sorted(path.name for path in self.folder.glob(pattern))

    def deliver(
        self, texts: Mapping[str, str], gone: Sequence[str], check: Check, verify: Callable[[], None] | None = None
    ) -> None:
        """Write `texts` by file name and remove what is `gone`, as one, and let the server load it.

        `verify` may look closer after the reload. Raises ProblemError with the previous files back in place and loaded.
        """
        with self._os_errors_explained(), exclusive_lock(self.folder, self.folder_is):
            staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=self.folder))
            try:
                new = {name: write_synced(staging / name, text) for name, text in texts.items()}
                check(new, staging)
                self._place(new, gone, staging, verify)
            finally:
                shutil.rmtree(staging)

    def _place(
        self, new: Mapping[str, Path], gone: Sequence[str], staging: Path, verify: Callable[[], None] | None
    ) -> None:
        names = (*new, *gone)
        previous = {name: copy_if_exists(self.folder / name, staging / f"{name}.previous") for name in names}
        before = self.server.last_reload()
        try:
            for name, path in new.items():
                path.replace(self.folder / name)
            for name in gone:
                (self.folder / name).unlink(missing_ok=True)
            sync(self.folder)
            self.server.reload()
            self._require_reloaded(before)
            if verify is not None:
                verify()
        except BaseException as error:  # also Ctrl-C: half a delivery must not stay
            self._take_back(previous, error)
            raise

    def _require_reloaded(self, before: LastReload) -> None:
        after = self.server.last_reload()
        if not after.successful or after.success_timestamp_seconds == before.success_timestamp_seconds:
            what = self.files_are.rpartition(" ")[0]
            raise ProblemError(f"{self.server.product} at {self.server.name} did not load the new {what}")

    def _take_back(self, previous: Mapping[str, Path | None], error: BaseException) -> None:
        """Restore the previous files and reload: what else the server reads may be live already after a refusal."""
        for name, path in previous.items():
            if path is None:
                (self.folder / name).unlink(missing_ok=True)
            else:
                path.replace(self.folder / name)
        sync(self.folder)
        back = f"the previous {self.files_are} back"
        try:
            self.server.reload()
        except TransientError as second:
            error.add_note(f"{back}, but not yet loaded: {second}")
        except ProblemError as second:
            error.add_note(f"{back}, and refused as well, so the fault is not ours: {second}")
        else:
            error.add_note(f"{back} and loaded")
        log.warning("files taken back", folder=str(self.folder), files=",".join(previous))

    def _os_errors_explained(self) -> AbstractContextManager[None]:
        return os_errors_explained(self.folder, self.folder_is, self.server.product)
