"""The boards: one file each, found by walking this folder; `build()` in it returns the board.

A function that returns a section bears the name of what the section shows.
"""

import importlib
import pkgutil
from functools import partial
from pathlib import Path
from typing import Any

from dashboards.grafana.uids import make_uid
from dashboards.panels.board_file import build_board


def load() -> dict[str, dict[str, Any]]:
    """Return the JSON of every board by uid; a board's uid is made from its file's name, so it never moves.

    Raises ProblemError that names a file which is no board.
    """
    boards: dict[str, dict[str, Any]] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        path = Path("dashboards", "boards", f"{name}.py")
        import_module = partial(importlib.import_module, f"{__name__}.{name}")
        boards[make_uid(name)] = build_board(path, import_module, make_uid(name))
    return boards
