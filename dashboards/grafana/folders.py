"""Our folders in Grafana, by uid; what lies in them besides ours is left alone."""

from collections.abc import Sequence
from typing import Any

from dashboards.grafana.client import Grafana
from dashboards.grafana.owned import uid
from vigie.engine.model import Change
from vigie.errors import ProblemError

BOARDS = uid("boards")
FOLDERS = {BOARDS: {"title": "vigie", "parentUid": ""}}  # "" is the root


class Folders:
    """The kind `folders`: title and parent of each."""

    name = "folders"
    at_once = False

    def __init__(self, grafana: Grafana) -> None:
        self.grafana = grafana

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return title and parent of our folders."""
        return FOLDERS

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return title and parent of those that are there; raises ProblemError when Grafana can't be read.

        Each is read by its uid, because Grafana's list shows one level only and would miss one that was moved.
        """
        found = {key: self.grafana.find(self.grafana.api.folder.get_folder, key) for key in FOLDERS}
        return {
            key: {"title": one["title"], "parentUid": one.get("parentUid", "")}
            for key, one in found.items()
            if one is not None
        }

    def write(self, changes: Sequence[Change]) -> None:
        """Create a folder, or give it its title and parent back; raises ProblemError when Grafana refuses."""
        [change] = changes
        title, parent = change.after["title"], change.after["parentUid"]
        folder = self.grafana.api.folder
        self._require(parent)
        if change.action == "create":
            self.grafana.ask(folder.create_folder, title, change.key, parent or None)
            return
        if title != change.before["title"]:
            self.grafana.ask(folder.update_folder, change.key, title, overwrite=True)
        if parent != change.before["parentUid"]:  # an update does not move
            self.grafana.ask(folder.move_folder, change.key, parent)

    def _require(self, parent: str) -> None:
        """Raise ProblemError without the parent: Grafana would make an invisible folder that breaks the rule list."""
        if parent and self.grafana.find(self.grafana.api.folder.get_folder, parent) is None:
            raise ProblemError(f"folder {parent} is missing: expected it as the parent of ours")
