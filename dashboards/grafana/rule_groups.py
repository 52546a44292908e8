"""Our alert rules in Grafana, by group: Grafana deletes what a group does not list, so a group is one object."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dashboards.grafana.client import Grafana
from dashboards.grafana.folders import ALERTS
from dashboards.grafana.uids import is_ours
from vigie.core.errors import ProblemError
from vigie.reconcile.model import Change

# What Grafana counts, what the group says of its rules, and what not every version shows of a group.
OF_GRAFANA = frozenset({"id", "orgID", "updated", "provenance", "folderUID", "ruleGroup"})
ALL_RULES = "/v1/provisioning/alert-rules"


class RuleGroups:
    """The resource `rule groups`: each group's interval and rules, in our folder for alerts.

    All is written with Grafana's provenance `api`: shown in its pages, but not to be changed there. Provenance can't
    be taken back rule by rule, so it is the same always.
    """

    name = "rule groups"
    is_atomic = False
    relies_on = frozenset({"folders", "data sources"})

    def __init__(self, grafana: Grafana, groups: Mapping[str, Mapping[str, Any]]) -> None:
        """Take the declared groups by title: `interval` in seconds, and `rules` with uids of their own."""
        self.grafana = grafana
        self.groups = groups
        self.listed: list[Mapping[str, Any]] | None = None

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return interval and rules of each group."""
        return {title: dict(group) for title, group in self.groups.items()}

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return those that are there, without what Grafana adds; raises ProblemError when it can't be read."""
        answers = self.grafana.find_all(self._read, self.groups)
        return {title: self._comparable(title, answer) for title, answer in answers.items()}

    def orphans(self) -> dict[str, dict[str, Any]]:
        """Return, by folder and title, the groups with rules of ours that are no longer declared.

        Raises ProblemError when Grafana can't be read. A rule of ours that somebody moved is not one of them: writing
        its group brings it back.
        """
        declared = {rule["uid"] for group in self.groups.values() for rule in group["rules"]}
        others: dict[str, dict[str, Any]] = {}
        for rule in self.grafana.ask(self.grafana.api.client.GET, ALL_RULES):
            folder, title = rule["folderUID"], rule["ruleGroup"]
            if folder == ALERTS and title in self.groups:
                continue
            group = others.setdefault(f"{folder}/{title}", {"folderUid": folder, "title": title, "rules": []})
            group["rules"].append(_rule(rule))
        return {
            key: group
            for key, group in sorted(others.items())
            if any(is_ours(rule["uid"]) and rule["uid"] not in declared for rule in group["rules"])
        }

    def write(self, changes: Sequence[Change]) -> None:
        """Write or delete a group; raises ProblemError when Grafana refuses, or rules of others would be lost."""
        [change] = changes
        if change.action == "delete":
            self._delete(change.before)
            return
        if change.before is not None:
            _require_ours(change.key, change.before["rules"])
        self._take_back(change.key, change.after["rules"])
        rules = [{**rule, "folderUID": ALERTS, "ruleGroup": change.key} for rule in change.after["rules"]]
        body = {"title": change.key, "folderUid": ALERTS, "interval": change.after["interval"], "rules": rules}
        send = self.grafana.create if change.action == "create" else self.grafana.ask
        try:
            send(self.grafana.api.client.PUT, group_path(ALERTS, change.key), json=body)
        except ProblemError as error:
            if "provenance" in str(error):
                error.add_note("another tool made rules of this group (a file, an import): delete them there first")
            raise

    def _take_back(self, title: str, rules: Sequence[Mapping[str, Any]]) -> None:
        """Delete those of these rules that somebody moved into a group with rules of others.

        Writing our group would pull them out of there, and then Grafana locks the ones that stay, too.
        """
        if self.listed is None:
            self.listed = list(self.grafana.ask(self.grafana.api.client.GET, ALL_RULES))
        others = {_place(rule) for rule in self.listed if not is_ours(rule["uid"])} - {(ALERTS, title)}
        ours = {rule["uid"] for rule in rules}
        for rule in self.listed:
            if rule["uid"] in ours and _place(rule) in others:
                self.grafana.find(self.grafana.api.client.DELETE, f"{ALL_RULES}/{quote(rule['uid'], safe='')}")

    def _delete(self, group: Mapping[str, Any]) -> None:
        """Delete a group as a whole, because one can't be emptied; of a group with rules of others, ours alone."""
        client = self.grafana.api.client
        ours = [rule["uid"] for rule in group["rules"] if is_ours(rule["uid"])]
        if len(ours) == len(group["rules"]):
            self.grafana.find(client.DELETE, group_path(group["folderUid"], group["title"]))
            return
        for uid in ours:
            self.grafana.find(client.DELETE, f"{ALL_RULES}/{quote(uid, safe='')}")

    def _read(self, title: str) -> Any:
        return self.grafana.find_visible(self.grafana.api.client.GET, group_path(ALERTS, title))

    def _comparable(self, title: str, group: Mapping[str, Any]) -> dict[str, Any]:
        declared = {rule["uid"]: rule for rule in self.groups[title]["rules"]}
        rules = [_rule(rule) for rule in group["rules"]]
        for rule in rules:
            # Grafana 11 does not know it, takes it and does not give it back.
            rule.setdefault("keep_firing_for", declared.get(rule["uid"], {}).get("keep_firing_for", "0s"))
        return {"interval": group["interval"], "rules": rules}


def group_path(folder: str, title: str) -> str:
    """Return a group's path; its title is encoded here, because the library does not."""
    return f"/v1/provisioning/folder/{quote(folder, safe='')}/rule-groups/{quote(title, safe='')}"


def _place(rule: Mapping[str, Any]) -> tuple[str, str]:
    return rule["folderUID"], rule["ruleGroup"]


def _rule(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule as it was sent: without what Grafana counts, and without what it adds empty."""
    rule = {name: value for name, value in answer.items() if name not in OF_GRAFANA and value is not None}
    queries = [{key: value for key, value in query.items() if key != "queryType" or value} for query in rule["data"]]
    return {"labels": {}, "annotations": {}, **rule, "data": queries}


def _require_ours(title: str, rules: Sequence[Mapping[str, Any]]) -> None:
    others = ", ".join(str(rule.get("title")) for rule in rules if not is_ours(rule["uid"]))
    if others:
        raise ProblemError(
            f"the group {title} holds rules of others, which writing it would delete: {others}; "
            "expected them in a group of their own"
        )
