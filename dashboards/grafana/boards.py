"""Our boards in Grafana, by uid."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.grafana.client import Grafana
from dashboards.grafana.folders import BOARDS
from vigie.engine.model import Change

ADDED_BY_GRAFANA = frozenset({"id", "version"})  # all else is read back as it was sent


class Boards:
    """The kind `boards`: each board's JSON and the folder it lies in."""

    name = "boards"
    at_once = False

    def __init__(self, grafana: Grafana, boards: Mapping[str, Mapping[str, Any]]) -> None:
        """Take the wanted boards by uid, as `dashboards.boards.load` returns them."""
        self.grafana = grafana
        self.boards = boards

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return each board, in our folder."""
        return {key: {"folderUid": BOARDS, "dashboard": board} for key, board in self.boards.items()}

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return those that are there; raises ProblemError when Grafana can't be read."""
        found = {key: self.grafana.find(self.grafana.api.dashboard.get_dashboard, key) for key in self.boards}
        return {key: _comparable(one) for key, one in found.items() if one is not None}

    def write(self, changes: Sequence[Change]) -> None:
        """Save a board over whatever has its uid; raises ProblemError when Grafana refuses.

        The folder is always named, because a save without it moves the board to the root.
        """
        [change] = changes
        self.grafana.ask(
            self.grafana.api.dashboard.update_dashboard,
            {**change.after, "overwrite": True, "message": "vigie provision apply"},
        )


def _comparable(answer: Mapping[str, Any]) -> dict[str, Any]:
    board = {key: value for key, value in answer["dashboard"].items() if key not in ADDED_BY_GRAFANA}
    return {"folderUid": answer["meta"]["folderUid"], "dashboard": board}
