"""Puts files where a server reads them: whole, one delivery at a time, and as they were when it goes wrong."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from vigie.core.errors import ProblemError, TransientError

STAGING = ".vigie-"  # folders inside the target folder, so that a rename stays on one file system


@contextlib.contextmanager
def os_errors_explained(folder: Path, what: str, reader: str) -> Iterator[None]:
    """Turn what the file system says into a sentence that names the folder."""
    try:
        yield
    except OSError as error:
        raise ProblemError(
            f"{what} {folder}: {error.strerror or error} ({error.filename}); "
            f"expected a folder that vigie may write and {reader} reads"
        ) from error


@contextlib.contextmanager
def exclusive_lock(folder: Path, what: str) -> Iterator[None]:
    """Hold the folder's lock, and remove what a killed delivery left behind; raises ProblemError when it is held."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for staging_folder in folder.glob(f"{STAGING}*/"):
            shutil.rmtree(staging_folder)
        yield
    except BlockingIOError as error:
        raise TransientError(f"{what} {folder}: another delivery is under way") from error
    finally:
        os.close(descriptor)


def write_synced(path: Path, text: str) -> Path:
    """Write and sync a file that the server, another user perhaps, can read; return its path."""
    with path.open("wb") as file:
        file.write(text.encode())
        os.fchmod(file.fileno(), 0o644)
        file.flush()
        os.fsync(file.fileno())
    return path


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file beside and rename it: nobody else reads it meanwhile, and nobody half of it; raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    beside.chmod(mode)
    beside.replace(path)


def copy_if_exists(path: Path, target: Path) -> Path | None:
    """Return `target`, a copy of `path`; None when there is nothing to copy."""
    if not path.exists():
        return None
    shutil.copy2(path, target)
    return target


def sync(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
