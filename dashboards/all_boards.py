"""All boards, and the folders they lie in: ours, and laid over them by name those of the site folder."""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dashboards import boards
from dashboards.grafana.folders import BOARDS, FOLDERS, Folder
from dashboards.grafana.owned import uid
from dashboards.panels.board import TAG, as_json
from vigie.core.errors import ProblemError

NOT_OURS_TO_SET = ("id", "version")  # Grafana counts them


class Boards(NamedTuple):
    """Every board's JSON by uid, the folder of those that are not in the common one, and all folders by uid.

    `added` are the uids that come from the site folder.
    """

    boards: Mapping[str, Mapping[str, Any]]
    places: Mapping[str, str]
    folders: Mapping[str, Folder]
    added: frozenset[str]


def load(folder: Path | None, *, runs_python: bool = True) -> Boards:
    """Return our boards with those of `folder` over them; raises ProblemError that names a file which is no board.

    Without `runs_python` it is raised for each board in Python too: such a file is executed.

    `folder/fleet.py` or `fleet.json` replaces our board *fleet*; `folder/team/x.json` lies in Grafana's folder *team*.
    """
    made: dict[str, Mapping[str, Any]] = {}
    places: dict[str, str] = {}
    folders = dict(FOLDERS)
    for path in _files(folder) if folder else ():
        key = _uid(path.stem, path)
        if key in made:
            raise ProblemError(f"{path}: the board {key} is there twice: expected one file of that name")
        if path.suffix == ".py" and folder is not None and not runs_python:
            raise ProblemError(
                f"{path}: a board in Python is executed, and only from a site folder that was named: expected "
                f"--site {folder.parent} or VIGIE_SITE"
            )
        made[key] = _python(path, key) if path.suffix == ".py" else _json(path, key)
        if path.parent != folder:
            place = _uid(f"folder-{path.parent.name}", path.parent)
            folders[place] = {"title": path.parent.name, "parentUid": BOARDS}
            places[key] = place
    return Boards({**boards.load(), **made}, places, folders, frozenset(made))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        if path.suffix in {".json", ".py"} and not path.name.startswith((".", "_")) and path.is_file():
            yield path


def _uid(name: str, path: Path) -> str:
    try:
        return uid(name)
    except ValueError as error:
        raise ProblemError(f"{path}: {error}") from error


def _json(path: Path, key: str) -> dict[str, Any]:
    try:
        board = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ProblemError(f"{path}: expected a board as Grafana exports it: {error}") from error
    board = board.get("dashboard", board) if isinstance(board, dict) else board
    if not isinstance(board, dict) or not isinstance(board.get("title"), str) or not board["title"]:
        raise ProblemError(f"{path}: expected a board as Grafana exports it: an object with a title")
    tags = [tag for tag in board.get("tags") or [] if tag != TAG]
    kept = {name: value for name, value in board.items() if name not in NOT_OURS_TO_SET}
    return {**kept, "uid": key, "tags": [*tags, TAG]}


def _python(path: Path, key: str) -> dict[str, Any]:
    """Run the operator's own file, as configuration in Python is run, and return its board."""
    spec = importlib.util.spec_from_file_location(f"vigie_site_board_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return as_json(module.build(), key)
    except Exception as error:
        raise ProblemError(f"{path}: expected a file whose build() returns a board: {error!r}") from error
