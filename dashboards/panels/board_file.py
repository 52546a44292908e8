"""Builds the board of one Python file, ours or the site folder's."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from dashboards.panels.board_json import encode_board
from vigie.core.errors import ProblemError


def build_board(path: Path, import_module: Callable[[], ModuleType], uid: str) -> dict[str, Any]:
    """Return the JSON of the board that the module's `build()` returns; raises ProblemError that names the file."""
    try:
        return encode_board(import_module().build(), uid)
    except Exception as error:
        raise ProblemError(f"{path}: expected a file whose build() returns a board: {error!r}") from error
