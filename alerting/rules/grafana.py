"""Makes Grafana's rule groups of the native rules, with Prometheus's meaning: whatever an expression returns, fires."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alerting.rules.layers import RuleText, list_groups
from alerting.rules.native import GRAFANA, RUNBOOKS
from vigie.core.errors import UsageProblemError
from vigie.core.settings import parse_duration_seconds

DEFAULT_INTERVAL_SECONDS = 10  # what Prometheus evaluates by here
STEP_SECONDS = 10  # Grafana refuses an interval that is no multiple of it
WINDOW = {"from": 600, "to": 0}  # an instant query looks at its end alone, but an empty range is refused
NO_WINDOW = {"from": 0, "to": 0}
EXPRESSION = "__expr__"  # Grafana's name for the data source that computes
ADDED = {"intervalMs": 1000, "maxDataPoints": 43200}  # what Grafana adds to every query that lacks it
UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
VALUE = re.compile(r"\$value\b|(?<![\w$.])\.Value\b")
QUERY = re.compile(r"\{\{[^}]*\bquery\b")
ILLEGAL = re.compile(r"[^A-Za-z0-9_-]")
UID_NAME_CHARACTERS = 25  # with prefix and hash 40, Grafana's limit


def groups(
    files: Mapping[str, RuleText],
    runbook_base_url: str,
    source: str,
    *,
    everything: bool,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the rule groups that Grafana evaluates, by title: interval in seconds and rules in order.

    `files` are the rule files by name, `source` is the uid of the data source that is asked; `labels` go to every rule
    that does not set them itself. Without `everything` only those of `grafana.yml`. Recording rules stay with
    Prometheus. A group without alerts is left out, because Grafana can't hold one. Raises UsageProblemError for what
    Grafana can't do.
    """
    by_title = {}
    for name, (path, text) in files.items():
        if everything or name == GRAFANA:
            for group in list_groups(text):
                title = _title(Path(name).stem, group["name"])
                rules = list(make_rules(path, title, group, runbook_base_url, source))
                rules = [{**rule, "labels": {**labels, **rule["labels"]}} for rule in rules]
                if rules:
                    by_title[title] = {"interval": _interval_seconds(path, group), "rules": rules}
    return by_title


def duration(text: str) -> str:
    """Return a duration as Grafana writes it: `90s` is `1m30s`, `24h` is `1d`, `14d` is `2w`, but `8d` stays."""
    rest = int(parse_duration_seconds(text))
    if rest and rest % UNITS["w"] == 0:
        return f"{rest // UNITS['w']}w"
    parts = []
    for unit, size in list(UNITS.items())[1:]:
        count, rest = divmod(rest, size)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def uid(title: str, alert: str) -> str:
    """Return a rule's uid, made of its names alone: it stays whatever stands before or after it."""
    digest = hashlib.sha256(f"{title}\0{alert}".encode()).hexdigest()[:8]
    return f"vigie-{ILLEGAL.sub('-', alert)[:UID_NAME_CHARACTERS]}-{digest}"


def _title(stem: str, name: str) -> str:
    """Return a group's title, which in Grafana is of its own in a folder, in Prometheus only in a file."""
    return name if name == stem else f"{stem}/{name}"


def _interval_seconds(path: Path, group: Mapping[str, Any]) -> int:
    seconds = parse_duration_seconds(str(group.get("interval", DEFAULT_INTERVAL_SECONDS)))
    if seconds <= 0 or seconds % STEP_SECONDS:
        raise UsageProblemError(f"{path}: group {group['name']}: interval {group['interval']}: expected n * 10s")
    return int(seconds)


def make_rules(
    path: Path, title: str, group: Mapping[str, Any], runbook_base_url: str, source: str
) -> Iterator[dict[str, Any]]:
    """Yield each alert of a group of the file `path`; raises UsageProblemError for what Grafana can't do."""
    for rule in group.get("rules") or ():
        if "alert" in rule:
            texts = {name: str(text) for name, text in (rule.get("annotations") or {}).items()}
            for name, text in texts.items():
                if QUERY.search(text):
                    place = f"{path}: {rule['alert']}: annotation {name}"
                    raise UsageProblemError(f"{place}: Grafana's templates have no `query`: expected none here")
            yield {
                "uid": uid(title, rule["alert"]),
                "title": rule["alert"],
                "condition": "C",
                "data": _queries(str(rule["expr"]).strip(), source),
                "for": duration(str(rule.get("for", "0s"))),
                "keep_firing_for": duration(str(rule.get("keep_firing_for", "0s"))),
                "labels": {name: str(text) for name, text in (rule.get("labels") or {}).items()},
                "annotations": {name: _annotation(name, text, runbook_base_url) for name, text in texts.items()},
                # Nothing found is all well, as in Prometheus. That Prometheus does not answer is said once, by those
                # rules that are Grafana's own, and not by every one.
                "noDataState": "OK",
                "execErrState": "Alerting" if path.name == GRAFANA else "OK",
                "isPaused": False,
            }


def _annotation(name: str, text: str, runbook_base_url: str) -> str:
    if name == "runbook_url" and text.startswith(RUNBOOKS):
        return runbook_base_url.rstrip("/") + "/" + text.removeprefix(RUNBOOKS)
    return VALUE.sub("$values.A.Value", text)  # Grafana's own $value is a text that tells of all queries


def _queries(expression: str, source: str) -> list[dict[str, Any]]:
    """Return what asks and what decides: each series that comes back counts, also one whose value is 0."""
    asks = {"expr": expression, "instant": True, "range": False}
    is_number = {"type": "math", "expression": "is_number($A) || is_nan($A) || is_inf($A)"}
    above = {"type": "threshold", "expression": "B", "conditions": [{"evaluator": {"type": "gt", "params": [0]}}]}
    return [
        {
            "refId": name,
            "relativeTimeRange": WINDOW if name == "A" else NO_WINDOW,
            "datasourceUid": source if name == "A" else EXPRESSION,
            "model": {**ADDED, "refId": name, **model},
        }
        for name, model in (("A", asks), ("B", is_number), ("C", above))
    ]
