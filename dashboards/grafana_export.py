"""Takes a board as Grafana exports it: fills in what `share externally` left open."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dashboards.grafana.data_sources import PROMETHEUS
from dashboards.panels.board import TAG
from vigie.core.errors import ProblemError

NOT_OURS_TO_SET = ("id", "version")  # Grafana counts them
# What Grafana's import reads and does not store.
OF_THE_EXPORT = ("__inputs", "__requires", "__elements")


def read_export(path: Path, uid: str) -> dict[str, Any]:
    """Return the board of a file as Grafana takes it; raises ProblemError for a file that holds none."""
    try:
        board = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise ProblemError(f"{path}: expected a board as Grafana exports it: {error}") from error
    board = board.get("dashboard", board) if isinstance(board, dict) else board
    if not isinstance(board, dict) or not isinstance(board.get("title"), str) or not board["title"]:
        raise ProblemError(f"{path}: expected a board as Grafana exports it: an object with a title")
    values = dict(_values_of_inputs(board.get("__inputs")))
    filled = {name: _fill(value, values) for name, value in board.items() if name not in NOT_OURS_TO_SET}
    left = {name: value for name, value in filled.items() if name not in OF_THE_EXPORT}
    tags = [tag for tag in left.get("tags") or [] if tag != TAG]
    return {**left, **_open_inputs(board, values), "uid": uid, "tags": [*tags, TAG]}


def list_inputs(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield each input that a board asks for at its import."""
    inputs = board.get("__inputs")
    for member in inputs if isinstance(inputs, list) else ():
        if isinstance(member, Mapping) and isinstance(member.get("name"), str):
            yield member


def _values_of_inputs(inputs: Any) -> Iterator[tuple[str, str]]:
    """Yield each input's name and what it stands for: our data source, or the constant that the export names."""
    for member in list_inputs({"__inputs": inputs}):
        if member.get("type") == "datasource" and member.get("pluginId", "prometheus") == "prometheus":
            yield member["name"], PROMETHEUS
        elif member.get("type") == "constant" and isinstance(member.get("value"), str | int | float):
            yield member["name"], str(member["value"])


def _open_inputs(board: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return under `__inputs` those that nothing is known for, so that the linter names them."""
    left = [member for member in list_inputs(board) if member["name"] not in values]
    return {"__inputs": left} if left else {}


def _fill(value: Any, values: Mapping[str, str]) -> Any:
    """Return a part of a board with `${NAME}` replaced in each of its texts."""
    if isinstance(value, str):
        for name, replacement in values.items():
            value = value.replace(f"${{{name}}}", replacement)
        return value
    if isinstance(value, list):
        return [_fill(member, values) for member in value]
    if isinstance(value, dict):
        return {key: _fill(member, values) for key, member in value.items()}
    return value
