"""Our folders in Grafana, by uid; what lies in them besides ours is left alone."""

from collections.abc import Mapping, Sequence

from dashboards.grafana.client import Grafana
from dashboards.grafana.uids import is_ours, make_uid
from vigie.core.errors import ProblemError
from vigie.reconcile.model import Change

Folder = dict[str, str]  # title and parentUid; "" is the root

BOARDS = make_uid("boards")
ALERTS = make_uid("boards-alerts")
FOLDERS: Mapping[str, Folder] = {
    BOARDS: {"title": "vigie", "parentUid": ""},
    ALERTS: {"title": "Alerts", "parentUid": BOARDS},
}


class Folders:
    """The resource `folders`: title and parent of each."""

    name = "folders"
    is_atomic = False
    relies_on = frozenset[str]()

    def __init__(self, grafana: Grafana, folders: Mapping[str, Folder] = FOLDERS) -> None:
        """Take the declared folders by uid, parents before their children."""
        self.grafana = grafana
        self.folders = folders

    def desired(self) -> dict[str, Folder]:
        """Return title and parent of our folders."""
        return dict(self.folders)

    def actual(self) -> dict[str, Folder]:
        """Return title and parent of those that are there; raises ProblemError when Grafana can't be read.

        What the search does not show is looked for by uid: it leaves out folders whose parent is gone.
        """
        listed = self._list()
        hidden = (key for key in self.folders if key not in listed)
        answers = {key: self.grafana.find_visible(self.grafana.api.folder.get_folder, key) for key in hidden}
        return {key: listed[key] for key in self.folders if key in listed} | {
            key: _folder(answer["title"], answer.get("parentUid"))
            for key, answer in answers.items()
            if answer is not None
        }

    def orphans(self) -> dict[str, Folder]:
        """Return the other folders with our uid prefix, children first; raises ProblemError as `actual` does."""
        listed = self._list()
        ours = sorted(key for key in listed if is_ours(key) and key not in self.folders)
        return {key: listed[key] for key in sorted(ours, key=lambda key: -_depth(key, listed))}

    def write(self, changes: Sequence[Change]) -> None:
        """Create or delete a folder, or give it its title and parent back; raises ProblemError when Grafana refuses."""
        [change] = changes
        if change.action == "delete":
            self._delete(change.key)
            return
        title, parent = change.after["title"], change.after["parentUid"]
        folder = self.grafana.api.folder
        self._require(parent)
        if change.action == "create":
            self.grafana.create(folder.create_folder, title, change.key, parent or None)
            return
        if title != change.before["title"]:
            self.grafana.ask(folder.update_folder, change.key, title, overwrite=True)
        if parent != change.before["parentUid"]:  # an update does not move
            self.grafana.ask(folder.move_folder, change.key, parent)

    def _delete(self, key: str) -> None:
        """Delete an empty folder: Grafana would delete the boards in it without a question."""
        counts = self.grafana.find(self.grafana.api.client.GET, f"/folders/{key}/counts")
        inside = ", ".join(f"{count} {what}" for what, count in sorted((counts or {}).items()) if count)
        if inside:
            raise ProblemError(f"folder {key} still holds {inside}: expected it empty; move or delete what is in it")
        self.grafana.find(self.grafana.api.folder.delete_folder, key)

    def _list(self) -> dict[str, Folder]:
        folders = self.grafana.search("dash-folder")
        return {folder["uid"]: _folder(folder["title"], folder.get("folderUid")) for folder in folders}

    def _require(self, parent: str) -> None:
        """Raise ProblemError without the parent: Grafana would make an invisible folder that breaks the rule list."""
        if parent and self.grafana.find_visible(self.grafana.api.folder.get_folder, parent) is None:
            raise ProblemError(f"folder {parent} is missing: expected it as the parent of ours")


def _folder(title: str, parent: str | None) -> Folder:
    return {"title": title, "parentUid": parent or ""}


def _depth(key: str, folders: Mapping[str, Folder]) -> int:
    depth = 0
    while key in folders and depth <= len(folders):
        key = folders[key]["parentUid"]
        depth += 1
    return depth
