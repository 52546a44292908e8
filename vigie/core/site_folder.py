"""The site folder: what an operator adds lies there, laid over what vigie brings, by file name."""

import errno
import os
from pathlib import Path
from typing import Protocol

from vigie.core.errors import UsageProblemError

DEFAULT = Path("site")


class HasSite(Protocol):
    """The settings that name the folder; `vigie.core.settings` itself stands on this package."""

    @property
    def site(self) -> Path | None:
        """The folder that was named."""


def folder(common: HasSite) -> Path | None:
    """Return the site folder, None when there is none; raises UsageProblemError for one that is named but missing."""
    if common.site is None:
        return check_readable(DEFAULT) if DEFAULT.is_dir() else None
    if not common.site.is_dir():
        raise UsageProblemError(
            f"site: {common.site} is no folder: expected the one with your rules, boards and routes"
        )
    return check_readable(common.site)


def check_readable(site: Path) -> Path:
    """Return the folder; raises UsageProblemError for a folder or file in it that can't be read, or a dangling link.

    One that can't be read looks like an empty one: what lies in it would be taken back, and ours put in its place.
    """

    def refuse(error: OSError) -> None:
        raise UsageProblemError(f"site: {error.filename}: {error.strerror}: expected a folder that this user may read")

    if not os.access(site, os.R_OK | os.X_OK):
        refuse(PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(site)))
    for folder_name, folders, files in os.walk(site, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*folders, *files):
            path = Path(folder_name, name)
            if name.startswith(".") or os.access(path, os.R_OK):
                continue
            reason = "the link leads nowhere" if path.is_symlink() else "it can't be read"
            raise UsageProblemError(f"site: {path}: {reason}: expected what this user may read, or nothing")
    return site


def is_named(common: HasSite) -> bool:
    """Tell whether the site folder was named, and not just found in the current folder."""
    return common.site is not None


def within(site: Path | None, name: str) -> Path | None:
    """Return the site's folder of that name, None when there is none."""
    inner = site / name if site else None
    return inner if inner and inner.is_dir() else None


def overlay(folder: Path, over: Path | None, pattern: str) -> dict[str, Path]:
    """Return the files of both folders that match, by file name and sorted: those of `over` win."""
    paths = {path.name: path for layer in (folder, over) if layer for path in layer.glob(pattern)}
    return dict(sorted(paths.items()))
