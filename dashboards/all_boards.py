"""All boards and their folders in Grafana: ours, and those of the site folder, which replace ours of the same name."""

from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dashboards import boards
from dashboards.grafana.folders import BOARDS, FOLDERS, Folder
from dashboards.grafana.uids import make_safe_uid
from dashboards.grafana_export import read_export
from dashboards.panels.board_file import build_board
from vigie.core.errors import ProblemError
from vigie.core.extension_files import import_path

DEPTH = 3  # Grafana nests folders four deep, and ours is the first


class AllBoards(NamedTuple):
    """Every board's JSON by uid, the folder of those that are not in the common one, and all folders by uid.

    `added` are the uids that come from the site folder.
    """

    boards: Mapping[str, Mapping[str, Any]]
    places: Mapping[str, str]
    folders: Mapping[str, Folder]
    added: frozenset[str]


def load(folder: Path | None, *, runs_python: bool = True, without: Container[Path] = frozenset()) -> AllBoards:
    """Return our boards and those of `folder`; raises ProblemError that names a file which is no board.

    Without `runs_python` it is raised for each board in Python too: such a file is executed.

    Those of `without` are not read; nothing else changes its uid or folder by that.
    `folder/fleet.py` or `fleet.json` replaces our board *fleet*; `folder/team/x.json` lies in Grafana's folder *team*,
    `folder/team/web/x.json` in its sub-folder *web*.
    """
    added: dict[str, Mapping[str, Any]] = {}
    places: dict[str, str] = {}
    folders = dict(FOLDERS)
    for path, uid in list_uids(folder).items():
        assert folder is not None, "no folder has no files"
        inner = list(_folders_of(path.relative_to(folder).parts[:-1]))
        parents = [BOARDS, *(folder_uid for _, folder_uid in inner)]
        for (title, folder_uid), parent in zip(inner, parents, strict=False):
            folders[folder_uid] = {"title": title, "parentUid": parent}
        if path in without:
            continue
        if uid in added:
            raise ProblemError(f"{path}: the board {uid} is there twice: expected one file of that name")
        if path.suffix == ".py" and not runs_python:
            raise ProblemError(
                f"{path}: a board in Python is executed, and only from a site folder that was named: expected "
                f"--site {folder.parent} or VIGIE_SITE"
            )
        added[uid] = _python(path, uid) if path.suffix == ".py" else read_export(path, uid)
        if inner:
            places[uid] = parents[-1]
    return AllBoards({**boards.load(), **added}, places, folders, frozenset(added))


def list_uids(folder: Path | None) -> dict[Path, str]:
    """Return the uid of each board's file in `folder`, also of those that can't be read."""
    paths = list(_files(folder)) if folder else []
    return {path: _uid_of(folder, path, paths) for path in paths} if folder else {}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(path for depth in range(DEPTH + 1) for path in folder.glob("*/" * depth + "*")):
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        if path.suffix in {".json", ".py"} and not hidden and path.is_file():
            yield path


def _folders_of(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield title and uid of the folders in which a file lies, the outermost first."""
    for count, name in enumerate(names, 1):
        yield name, make_safe_uid("folder-" + "/".join(names[:count]))


def _uid_of(folder: Path, path: Path, paths: list[Path]) -> str:
    """Return a board's uid, made of its file's name; of its folder's too where two folders have a file of that name."""
    alike = [other for other in paths if other.stem == path.stem and other.parent != path.parent]
    is_deeper = any(len(other.parts) <= len(path.parts) for other in alike)
    return make_safe_uid("-".join((*path.relative_to(folder).parts[:-1], path.stem)) if is_deeper else path.stem)


def _python(path: Path, uid: str) -> dict[str, Any]:
    """Run the operator's own file, as configuration in Python is run, and return its board."""
    return build_board(path, lambda: import_path(f"vigie_site_board_{path.stem}", path), uid)
