"""Finds the integrations: every folder with a manifest is one, by its own name; the operator's own win."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.core.integrations.manifest import MANIFEST, Manifest, read_manifest
from vigie.core.integrations.names import FOLDER


class Integration(NamedTuple):
    """One integration: its manifest, and the folder in which everything else of it lies."""

    manifest: Manifest
    folder: Path


class Catalogue(NamedTuple):
    """The integrations by name, and a sentence for each folder that can't be understood."""

    integrations: Mapping[str, Integration]
    problems: tuple[str, ...] = ()

    def expected(self) -> str:
        """Return the known names, for a message."""
        return ", ".join(self.integrations) or "none, for no folder has a manifest"


def read_catalogue(*own_folders: Path | None) -> Catalogue:
    """Return what vigie brings and what lies in `own_folders` (None and missing ones hold nothing).

    A folder that can't be understood costs itself alone; ours of that name stays.
    """
    integrations: dict[str, Integration] = {}
    problems: list[str] = []
    for folder in _folders(builtin(FOLDER), *own_folders):
        try:
            integrations[folder.name] = Integration(read_manifest(folder), folder)
        except UsageProblemError as error:
            problems.append(str(error))
    return Catalogue(dict(sorted(integrations.items())), tuple(problems))


def _folders(*parents: Path | None) -> Iterable[Path]:
    for parent in parents:
        if parent is not None and parent.is_dir():
            yield from sorted(path.parent for path in parent.glob(f"*/{MANIFEST}"))
