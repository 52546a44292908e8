"""The alerts that can be put to history, read from the rule files that Prometheus gets."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from alerting.backtest.recordings import Recording
from alerting.rules.layers import list_groups
from vigie.core.errors import UsageProblemError
from vigie.core.settings import parse_duration_seconds

Labels = tuple[tuple[str, str], ...]  # sorted, so that equal ones are equal
OF_RESULT = re.compile(r"\{\{-?\s*(?:\$labels|\.Labels)\.(\w+)\s*-?\}\}")
MOST_NAMES = 3


class Rule(NamedTuple):
    """One alert, with its periods in milliseconds, which is how Prometheus counts."""

    name: str
    file: str
    group: str
    expression: str
    interval_ms: int
    for_ms: int
    keep_firing_for_ms: int
    labels: Mapping[str, str]

    @property
    def lead_ms(self) -> int:
        """How long before a time it must be followed, so that what is pending or kept at that time is known."""
        return self.for_ms + self.keep_firing_for_ms

    def label(self, result: Mapping[str, str]) -> Labels:
        """Return the alert's labels for a result of its query, as rules/alerting.go makes them."""
        labels = {name: value for name, value in result.items() if name != "__name__"}
        labels |= {name: _fill(text, result) for name, text in self.labels.items()}
        labels["alertname"] = self.name
        return tuple(sorted((name, value) for name, value in labels.items() if value))


def list_rules(texts: Mapping[str, str], default_interval_ms: int) -> list[Rule]:
    """Return the alerts of rule files by name, in their order; a group without interval has the default one."""
    return [
        _rule(file, group, rule, default_interval_ms)
        for file, text in texts.items()
        for group in list_groups(text)
        for rule in group["rules"]
        if "alert" in rule
    ]


def list_recordings(texts: Mapping[str, str], default_interval_ms: int) -> dict[str, list[Recording]]:
    """Return what is recorded, by name; several rules may record one metric, with other labels each."""
    recordings: dict[str, list[Recording]] = {}
    for group in (group for text in texts.values() for group in list_groups(text)):
        for rule in (rule for rule in group["rules"] if "record" in rule):
            labels = {name: str(text) for name, text in (rule.get("labels") or {}).items()}
            recording = Recording(str(rule["expr"]).strip(), _interval_ms(group, default_interval_ms), labels)
            recordings.setdefault(str(rule["record"]), []).append(recording)
    return recordings


def choose(rules: Sequence[Rule], name: str) -> list[Rule]:
    """Return the rules of that name; raises UsageProblemError with those that are named alike."""
    chosen = [rule for rule in rules if rule.name == name]
    if not chosen:
        names = sorted({rule.name for rule in rules})
        lower = {known.lower(): known for known in names}
        near = [lower[known] for known in difflib.get_close_matches(name.lower(), lower, MOST_NAMES)]
        hint = f"; near to it are {', '.join(near)}" if near else ""
        raise UsageProblemError(f"no alert has the name {name!r}: expected one of ours or of the site folder{hint}")
    return chosen


def find_unfilled(rule: Rule) -> Iterator[str]:
    """Yield a sentence for each label whose template needs more than the labels of the result."""
    for name, text in rule.labels.items():
        if "{{" in OF_RESULT.sub("", text):
            yield f"its label {name} is a template that is not filled in here"


def _rule(file: str, group: Mapping[str, Any], rule: Mapping[str, Any], default_interval_ms: int) -> Rule:
    return Rule(
        str(rule["alert"]),
        file,
        str(group["name"]),
        str(rule["expr"]).strip(),
        _interval_ms(group, default_interval_ms),
        _milliseconds(rule.get("for", "0s")),
        _milliseconds(rule.get("keep_firing_for", "0s")),
        {name: str(text) for name, text in (rule.get("labels") or {}).items()},
    )


def _interval_ms(group: Mapping[str, Any], default_interval_ms: int) -> int:
    return _milliseconds(group["interval"]) if "interval" in group else default_interval_ms


def _milliseconds(text: Any) -> int:
    return round(parse_duration_seconds(str(text)) * 1000)


def _fill(text: str, result: Mapping[str, str]) -> str:
    return OF_RESULT.sub(lambda match: result.get(match[1], ""), text)


def read_default_interval_ms(configuration: str) -> int:
    """Return the evaluation interval of a Prometheus's configuration; raises ValueError when it has none."""
    document = yaml.safe_load(configuration)
    try:
        return _milliseconds(document["global"]["evaluation_interval"])
    except (KeyError, TypeError) as error:
        raise ValueError("no global evaluation_interval") from error
