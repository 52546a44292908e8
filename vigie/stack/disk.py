"""Room on the disk: asked for before something big begins, and one sentence when there is none."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.core.errors import ProblemError


@contextmanager
def full_is_a_sentence(folder: Path, option: str) -> Iterator[None]:
    """Turn a full or unwritable disk under `folder` into a ProblemError that names `option` to choose another."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise ProblemError(
                f"{folder}: the disk is full; free some room, or choose another folder with {option}"
            ) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise ProblemError(
                f"{folder}: expected a folder that can be written ({error.strerror}); choose another with {option}"
            ) from error
        raise


def require(folder: Path, needed_bytes: int, option: str) -> None:
    """Raise ProblemError unless the disk of the existing `folder` has `needed_bytes` free."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise ProblemError(
            f"{folder}: the disk has only {free_bytes // 1_000_000} MB free and {needed_bytes // 1_000_000} MB are "
            f"needed; free some room, or choose another folder with {option}"
        )
