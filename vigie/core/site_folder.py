"""The site folder: what an operator adds lies there, laid over what vigie brings, by file name."""

from pathlib import Path
from typing import Protocol

from vigie.core.errors import UsageProblemError

DEFAULT = Path("site")
KNOWN = (
    "boards",
    "budgets.yml",
    "catalogue",
    "downtimes.yml",
    "routes.yml",
    "rules",
    "runbooks",
    "slo",
    "thresholds.yml",
)


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
        raise UsageProblemError(f"site: {common.site} is no folder: expected one that holds some of {', '.join(KNOWN)}")
    return common.site


def within(site: Path | None, name: str) -> Path | None:
    """Return the site's folder of that name, None when there is none."""
    found = site / name if site else None
    return found if found and found.is_dir() else None


def overlay(folder: Path, over: Path | None, pattern: str) -> dict[str, Path]:
    """Return the files of both folders that match, by file name and sorted: those of `over` win."""
    found = {path.name: path for one in (folder, over) if one for path in one.glob(pattern)}
    return dict(sorted(found.items()))
