"""The boards of integrations: `board.py` in the folder of each, found by walking; ours and the site folder's."""

import importlib
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from dashboards.grafana.uids import make_safe_uid
from dashboards.panels.board_file import build_board
from dashboards.panels.board_json import list_panels
from vigie.core.builtin import builtin
from vigie.core.errors import ProblemError
from vigie.core.extension_files import import_path
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.integrations.metrics import read_series
from vigie.core.integrations.names import FOLDER
from vigie.core.promql import expression as promql
from vigie.core.site_folder import within
from vigie.reconcile.problem import Problem

FILE = "board.py"


class BoardFile(NamedTuple):
    """A board's file, and the integration that it belongs to."""

    integration: str
    path: Path

    @property
    def uid(self) -> str:
        """The board's uid, made of the integration's name."""
        return make_safe_uid(f"integration-{self.integration}")

    @property
    def is_ours(self) -> bool:
        """Whether vigie brings it."""
        return self.path.parent.parent == builtin(FOLDER)


def list_files(site: Path | None, used: Container[str] | None = None) -> list[BoardFile]:
    """Return the boards' files of all integrations, or of those in `used`."""
    integrations = read_catalogue(within(site, FOLDER)).integrations.items()
    files = [BoardFile(name, each.folder / FILE) for name, each in integrations if used is None or name in used]
    return [file for file in files if file.path.exists()]


def load(file: BoardFile, *, runs_python: bool) -> dict[str, Any]:
    """Return the board of a file; raises ProblemError that names a file which is none, or which may not be executed."""
    if not (file.is_ours or runs_python):
        raise ProblemError(
            f"{file.path}: a board in Python is executed, and only from a site folder that was named: expected "
            f"--site {file.path.parents[2]} or VIGIE_SITE"
        )
    return build_board(file.path, lambda: _import(file), file.uid)


def check(file: BoardFile, board: Mapping[str, Any]) -> list[Problem]:
    """Return what of a board does not choose by the label `integration`."""
    try:
        known = read_series(file.path.parent)
    except ProblemError:
        known = {}  # said of that file by itself
    problems = []
    for place, query in _list_queries(board):
        sentences = promql.check_integration(query, file.integration, known) if promql.parses(query) else []
        problems += [Problem(f"board {file.uid}", place, sentence) for sentence in sentences]
    return problems


def _list_queries(board: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for panel in list_panels(board["panels"]):
        yield from ((f"panel {panel['title']!r}", target["expr"]) for target in panel.get("targets", ()))
    for variable in board["templating"]["list"]:
        query = str(variable.get("query", ""))
        if query.startswith("label_values("):
            yield f"variable {variable['name']}", query.removeprefix("label_values(").rpartition(",")[0]


def _import(file: BoardFile) -> ModuleType:
    name = file.integration.replace("-", "_")
    if file.is_ours:
        return importlib.import_module(f"{FOLDER}.{name}.board")
    return import_path(f"vigie_site_integration_board_{name}", file.path)
