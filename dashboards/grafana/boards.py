"""Our boards in Grafana, by uid."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboards.grafana.board_defaults import without_defaults
from dashboards.grafana.client import Grafana
from dashboards.grafana.folders import BOARDS
from dashboards.grafana.uids import is_ours
from vigie.reconcile.model import Change

ADDED_BY_GRAFANA = frozenset({"id", "version"})  # all else is read back as it was sent

NO_FOLDERS: Mapping[str, str] = {}


class Boards:
    """The resource `boards`: each board's JSON and the folder it lies in.

    Both sides are compared without Grafana's defaults, which its editor adds and takes away at each save.
    """

    name = "boards"
    is_atomic = False
    relies_on = frozenset({"folders"})

    def __init__(
        self, grafana: Grafana, boards: Mapping[str, Mapping[str, Any]], places: Mapping[str, str] = NO_FOLDERS
    ) -> None:
        """Take the declared boards by uid, and the folder's uid of those that do not lie in the common one."""
        self.grafana = grafana
        self.boards = boards
        self.places = places

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return each board, in its folder."""
        return {key: _in_folder(self._folder(key), board) for key, board in self.boards.items()}

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return those of them that Grafana has; raises ProblemError when Grafana can't be read."""
        return self._read(self.boards)

    def orphans(self) -> dict[str, dict[str, Any]]:
        """Return the other boards with our uid prefix; raises ProblemError when Grafana can't be read.

        Found by uid and not by tag, which everybody may change.
        """
        keys = sorted(board["uid"] for board in self.grafana.search("dash-db"))
        return self._read(key for key in keys if is_ours(key) and key not in self.boards)

    def _read(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        answers = self.grafana.find_all(self.grafana.api.dashboard.get_dashboard, keys)
        return {key: _comparable(answer) for key, answer in answers.items()}

    def write(self, changes: Sequence[Change]) -> None:
        """Save a board over whatever has its uid, or delete it; raises ProblemError when Grafana refuses.

        It is sent as it was declared, defaults included. The folder is always named, because a save without it moves
        the board to the root.
        """
        [change] = changes
        if change.action == "delete":
            self.grafana.find(self.grafana.api.dashboard.delete_dashboard, change.key)
            return
        save = self.grafana.create if change.action == "create" else self.grafana.ask
        save(
            self.grafana.api.dashboard.update_dashboard,
            {
                "folderUid": self._folder(change.key),
                "dashboard": self.boards[change.key],
                "overwrite": True,
                "message": "vigie provision apply",
            },
        )

    def _folder(self, key: str) -> str:
        return self.places.get(key, BOARDS)


def _comparable(answer: Mapping[str, Any]) -> dict[str, Any]:
    board = {key: value for key, value in answer["dashboard"].items() if key not in ADDED_BY_GRAFANA}
    return _in_folder(answer["meta"]["folderUid"], board)


def _in_folder(folder: str, board: Mapping[str, Any]) -> dict[str, Any]:
    return {"folderUid": folder, "dashboard": without_defaults(board)}
