"""The site folder: what an operator adds lies there, laid over what vigie brings, by file name."""

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
        return DEFAULT if DEFAULT.is_dir() else None
    if not common.site.is_dir():
        raise UsageProblemError(
            f"site: {common.site} is no folder: expected the one with your rules, boards and routes"
        )
    return common.site


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
