"""Makes Grafana's rule groups of the alerts of others."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from alerting.foreign.reading import RuleFile, find_files, read_file
from alerting.foreign.rendering import SUFFIX
from alerting.routes.grafana.policies import LABEL, VALUE
from alerting.rules import grafana
from vigie.core.errors import UsageProblemError
from vigie.core.settings import parse_duration_seconds
from vigie.reconcile.declaration import Inputs


def make_groups(inputs: Inputs) -> dict[str, Any]:
    """Return the groups by title; raises UsageProblemError for a file that can't be read.

    What Grafana can't do is left out, as `find_left_out` says.
    """
    groups = {}
    labels = {LABEL: VALUE} if inputs.settings.notifier == "grafana" else {}
    for name, path in find_files(inputs.site).items():
        if path in inputs.hold.files:
            continue
        file = read_file(name, path)
        for group in file.groups:
            title = f"foreign/{SUFFIX.sub('', name)}/{group['name']}"
            rules, _ = _convert(file, title, group, inputs)
            rules = [{**rule, "labels": {**labels, **rule["labels"]}} for rule in _name_apart(title, rules)]
            if rules:
                groups[title] = {"interval": _interval_seconds(group), "rules": rules}
    return groups


def find_left_out(file: RuleFile) -> list[tuple[str, str]]:
    """Return (alert, why) for each alert that Grafana can't evaluate."""
    return [reason for group in file.groups for reason in _convert(file, "", group, Inputs())[1]]


def _convert(
    file: RuleFile, title: str, group: Mapping[str, Any], inputs: Inputs
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Return the alerts of a group as Grafana's, and (alert, why) of each that it can't evaluate."""
    rules: list[dict[str, Any]] = []
    left_out = []
    for rule in group["rules"]:
        try:
            rules += grafana.make_rules(
                file.path, title, {"rules": [rule]}, inputs.settings.runbook_base_url, inputs.datasource
            )
        except UsageProblemError as error:
            left_out.append((str(rule["alert"]), str(error).removeprefix(f"{file.path}: ")))
    return rules, left_out


def _name_apart(title: str, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each of the rules of one name, as warning and critical often are, a title and uid of its own."""
    counts = Counter(rule["title"] for rule in rules)
    numbers: Counter[str] = Counter()
    apart = []
    for rule in rules:
        name = rule["title"]
        numbers[name] += 1
        if counts[name] > 1:
            own = f"{name} ({rule['labels'].get('severity', numbers[name])}, {numbers[name]})"
            apart.append({**rule, "title": own, "uid": grafana.uid(title, own)})
        else:
            apart.append(rule)
    return apart


def _interval_seconds(group: Mapping[str, Any]) -> int:
    """Return the interval in seconds, the next multiple of ten."""
    seconds = parse_duration_seconds(str(group.get("interval", grafana.DEFAULT_INTERVAL_SECONDS)))
    return max(1, math.ceil(seconds / grafana.STEP_SECONDS)) * grafana.STEP_SECONDS
