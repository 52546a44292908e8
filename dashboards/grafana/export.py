"""Takes boards and rules out of a Grafana as files: to look at, to keep, or to declare from now on."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from dashboards.grafana.boards import ADDED_BY_GRAFANA
from dashboards.grafana.client import Grafana
from dashboards.grafana.folders import ALERTS, BOARDS
from dashboards.grafana.rule_groups import ALL_RULES, group_path
from dashboards.grafana.uids import PREFIX, UID
from vigie.core.errors import ProblemError

ILLEGAL = re.compile(r"[^A-Za-z0-9_-]+")
NOT_IN_A_FILE_NAME = re.compile(
    r"[/\x00-\x1f\x7f]+|^[._]+"
)  # with a dot or underscore in front it would be passed over
NAME_CHARACTERS = 34  # what a uid has room for after our prefix


class File(NamedTuple):
    """A file below the folder that is written to, and its text."""

    path: Path
    text: str


def boards(grafana: Grafana, keys: Iterable[str] | None = None) -> Iterator[File]:
    """Yield each board as `<folder>/<name>.json`, those of our common folder or of none as `<name>.json`.

    A sub-folder is one in the folder above it, and folders keep their titles.

    `keys` are uids; None stands for all, and then each is called by its whole uid.
    Raises ProblemError for one that is missing, or when Grafana can't be read.
    """
    uids = [board["uid"] for board in grafana.search("dash-db")] if keys is None else list(keys)
    answers = grafana.find_all(grafana.api.dashboard.get_dashboard, uids)
    missing = ", ".join(sorted(set(uids) - answers.keys()))
    if missing and keys is not None:
        raise ProblemError(f"Grafana at {grafana.name} has no board {missing}: expected uids, as in /d/UID")
    paths: dict[str, Path] = {"": Path(), BOARDS: Path()}
    for key, answer in answers.items():
        board = {name: value for name, value in answer["dashboard"].items() if name not in ADDED_BY_GRAFANA}
        place = answer["meta"].get("folderUid", "")
        if place not in paths:
            paths[place] = folder_path(grafana, place, answer["meta"].get("folderTitle", ""))
        name = f"{key if keys is None else file_name(key)}.json"
        yield File(paths[place] / name, _json(board))


def folder_path(grafana: Grafana, uid: str, title: str = "") -> Path:
    """Return a folder of Grafana as one of files, inside those that it lies in, without our common one.

    `title` is its own where we may not see it. Raises ProblemError when Grafana can't be read.
    """
    answer = grafana.find_visible(grafana.api.folder.get_folder, uid) or {"uid": uid, "title": title}
    chain = [folder for folder in (*answer.get("parents", ()), answer) if folder["uid"] != BOARDS]
    return Path(*(NOT_IN_A_FILE_NAME.sub("-", folder["title"]).strip() or "unnamed" for folder in chain))


def folder_and_below(grafana: Grafana, uid: str) -> list[str]:
    """Return a folder and all below it but our own of alerts; raises ProblemError when Grafana can't be read."""
    parents = {folder["uid"]: folder.get("folderUid") for folder in grafana.search("dash-folder")}
    uids = [uid]
    for above in uids:  # grows while it is walked
        uids += [below for below, parent in parents.items() if parent == above and below not in {*uids, ALERTS}]
    return uids


def boards_in(grafana: Grafana, folder: str) -> list[str]:
    """Return the uids of the boards that lie in a folder itself; raises ProblemError when Grafana can't be read."""
    return [board["uid"] for board in grafana.search("dash-db") if board.get("folderUid") == folder]


def groups_in(grafana: Grafana, folder: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield title, and interval and rules, of each rule group of a folder; raises ProblemError as `boards_in` does."""
    rules = grafana.ask(grafana.api.client.GET, ALL_RULES)
    for title in sorted({rule["ruleGroup"] for rule in rules if rule["folderUID"] == folder}):
        group = grafana.find(grafana.api.client.GET, group_path(folder, title))
        if group is not None:
            yield title, group


def rule_groups(grafana: Grafana) -> Iterator[File]:
    """Yield each rule group as `<folder>/<group>.json`, as Grafana shows it; raises ProblemError when it can't."""
    rules = grafana.ask(grafana.api.client.GET, ALL_RULES)
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for rule in rules:
        groups.setdefault((rule["folderUID"], rule["ruleGroup"]), []).append(rule)
    for (folder, title), members in sorted(groups.items()):
        yield File(Path(folder, quote(title, safe="") + ".json"), _json({"title": title, "rules": members}))


def file_name(text: str) -> str:
    """Return a name that is safe as a file's and, after our prefix, as a uid: one that is ours loses the prefix."""
    if UID.fullmatch(text):
        return text.removeprefix(PREFIX)
    return ILLEGAL.sub("-", text).strip("-")[:NAME_CHARACTERS] or "unnamed"


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
