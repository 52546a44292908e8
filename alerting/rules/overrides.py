"""Reads `rules/overrides.yml` of the site folder: alerts of ours that are switched off, or changed in a line."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta

from alerting.rules.limited_alerts import THRESHOLDS
from vigie.core.settings import parse_duration_seconds
from vigie.core.yaml_file import YamlFile, read

FILE = "overrides.yml"
KEYS = "severity, for, keep_firing_for, limit, labels"
Period = Annotated[str, Meta(pattern=r"^(0|(\d+(ms|[smhdw]))+)$")]
LabelName = Annotated[str, Meta(pattern=r"^[a-zA-Z_]\w*$")]
Rule = Mapping[str, Any]
SELECTORS = re.compile(r"{[^}]*}")
COMPARISON = re.compile(r"[<>=!]=|[<>]")
WITH_NUMBER = re.compile(r"(?:[<>=!]=|[<>])\s*(-?\d[\d.e]*)(?![\w.]|\s*[*/+^%-])")


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"for_": "for"}):
    """What becomes of one alert; what is not given stays."""

    severity: Literal["critical", "warning", "info", "none"] | None = None
    for_: Period | None = None
    keep_firing_for: Period | None = None
    limit: float | None = None
    labels: dict[LabelName, str] = msgspec.field(default_factory=dict)


Overrides = Mapping[str, Override | None]  # by alert; None for one that is switched off


def load(over: Path | None, ours: Iterable[Path]) -> Overrides:
    """Return the overrides of a site folder's `rules` by alert; raises UsageProblemError for what is wrong.

    `ours` are those of our rule files that the site folder does not replace.
    """
    path = over / FILE if over else None
    if path is None or not path.exists():
        return {}
    file = read(path)
    if not isinstance(file.document, dict):
        raise file.problem((), "expected alerts of ours, each with `off` or with what changes")
    rules = {str(rule["alert"]): rule for rule in _list_alerts(ours)}
    return {str(name): _override(file, str(name), document, rules) for name, document in file.document.items()}


def change(rule: Rule, override: Override) -> dict[str, Any]:
    """Return a rule with what its override changes."""
    labels = {**(rule.get("labels") or {}), **override.labels}
    changed = {**rule, "labels": {**labels, **({"severity": override.severity} if override.severity else {})}}
    periods = {"for": override.for_, "keep_firing_for": override.keep_firing_for}
    changed |= {key: period for key, period in periods.items() if period is not None}
    if override.limit is not None:
        expression = str(rule["expr"])
        start, end = _find_numbers(expression)[0].span(1)
        changed["expr"] = f"{expression[:start]}{override.limit:.15g}{expression[end:]}"
    return changed


def _list_alerts(paths: Iterable[Path]) -> Iterator[Rule]:
    for path in paths:
        document = yaml.safe_load(path.read_text())
        rules = [rule for group in document["groups"] for rule in group["rules"]]
        yield from (rule for rule in rules if "alert" in rule)


def _override(file: YamlFile, name: str, document: Any, rules: Mapping[str, Rule]) -> Override | None:
    if name not in rules:
        near = difflib.get_close_matches(name, rules, n=1)
        hint = f", such as {near[0]}" if near else ""
        sentence = f"is no alert of ours: expected one in a file that this folder does not replace{hint}"
        raise file.problem((name,), sentence)
    if document is False or document == "off":  # YAML itself makes False of a bare `off`
        return None
    try:
        override = msgspec.convert(document, Override)
    except msgspec.ValidationError as error:
        raise file.problem((name,), f"{error}: expected off, or some of {KEYS}") from error
    faults = [fault for fault in _list_faults(rules[name], override) if fault]
    if faults:
        place, sentence = faults[0]
        raise file.problem((name, *place), sentence)
    return override


def _list_faults(rule: Rule, override: Override) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield place and sentence of each key that can't be, or that changes nothing."""
    if override == Override():
        yield (), f"changes nothing: expected off, or some of {KEYS}"
    labels = rule.get("labels") or {}
    given: dict[tuple[str, ...], tuple[Any, Any]] = {("severity",): (override.severity, labels.get("severity"))}
    for label, text in override.labels.items():
        given["labels", label] = text, labels.get(label)
    if "severity" in override.labels:
        yield ("labels", "severity"), "expected the severity under its own key"
    periods = {"for": override.for_, "keep_firing_for": override.keep_firing_for}
    for key, period in periods.items():
        if period is not None:
            given[key,] = parse_duration_seconds(period), parse_duration_seconds(str(rule.get(key, "0s")))
    if override.limit is not None:
        yield from _list_faults_of_limit(rule, override.limit)
    for place, (new, old) in given.items():
        if new is not None and new == old:
            yield place, f"changes nothing: {rule['alert']} has it so already"


def _list_faults_of_limit(rule: Rule, limit: float) -> Iterator[tuple[tuple[str, ...], str]]:
    numbers = _find_numbers(str(rule["expr"]))
    if rule["alert"] in THRESHOLDS:
        yield ("limit",), "this alert takes its limits from thresholds.yml: expected it there"
    elif not numbers:
        yield ("limit",), "the query does not compare with one number alone: expected a rule file of your own"
    elif not abs(limit) < float("inf"):
        yield ("limit",), f"{limit:g}: expected a number"
    elif float(numbers[0][1]) == limit:
        yield ("limit",), f"changes nothing: {rule['alert']} has it so already"


def _find_numbers(expression: str) -> list[re.Match[str]]:
    """Return the number that a query compares with, none when it compares more than once or with something else."""
    bare = SELECTORS.sub(lambda match: " " * len(match[0]), expression)
    return list(WITH_NUMBER.finditer(bare)) if len(COMPARISON.findall(bare)) == 1 else []
