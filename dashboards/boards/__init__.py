"""The boards: one file each, found by walking this folder; `build()` in it returns the board.

A function that returns a section bears the name of what the section shows.
"""

import importlib
import pkgutil
from typing import Any

from dashboards.grafana.owned import uid
from dashboards.panels.board_json import encode_board


def load() -> dict[str, dict[str, Any]]:
    """Return the JSON of every board by uid; a board's uid is made from its file's name, so it never moves."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {uid(name): encode_board(importlib.import_module(f"{__name__}.{name}").build(), uid(name)) for name in names}
