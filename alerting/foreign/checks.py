"""Checks the rule files of others for what can't work; how they are written is their authors' business."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alerting.foreign.grafana import find_left_out
from alerting.foreign.reading import RuleFile, find_files, list_rules, read_file
from alerting.foreign.rendering import target_name
from alerting.rules import twins
from vigie.core.errors import UsageProblemError
from vigie.core.promql import expression
from vigie.core.promql.catalogue import Catalogue
from vigie.core.promql.result_labels import result_labels
from vigie.reconcile.problem import Problem

LABEL = re.compile(r"\$labels\.(\w+)|\.Labels\.(\w+)")


def find_problems(
    site: Path | None, catalogue: Catalogue, evaluator: str, house: Sequence[twins.Source] = ()
) -> list[Problem]:
    """Return what keeps files from being delivered, and as warnings what can't work as it stands.

    Metrics that any of the files records count as known. What one of the `house` names too is a warning.
    """
    problems, files = [], []
    for name, path in find_files(site).items():
        try:
            files.append(read_file(name, path))
        except UsageProblemError as error:
            problems.append(Problem(_shown(name), "file", str(error).removeprefix(f"{path}: ")))
    recorded = {rule["record"]: "gauge" for file in files for rule in list_rules(file.groups) if "record" in rule}
    for file in files:
        problems += _check_file(file, catalogue | recorded)
        if evaluator == "grafana":
            problems += (Problem(_shown(file.name), alert, why, is_warning=True) for alert, why in find_left_out(file))
    named = twins.find([*house, *(twins.Source(_shown(file.name), file.groups) for file in files)])
    again = [Problem(*twin, is_warning=True) for twin in named if twin.file.startswith(_shown(""))]
    return problems + _find_equal_targets(files) + again


def _find_equal_targets(files: list[RuleFile]) -> list[Problem]:
    """Return a problem for each file that would have the name of an earlier one in Prometheus's folder."""
    problems = []
    first: dict[str, str] = {}
    for file in (file for file in files if file.groups):
        other = first.setdefault(target_name(file.name), file.name)
        if other != file.name:
            sentence = f"in Prometheus's folder it is named as {other}: rename one"
            problems.append(Problem(_shown(file.name), "file", sentence))
    return problems


def _check_file(file: RuleFile, catalogue: Catalogue) -> Iterator[Problem]:
    shown = _shown(file.name)
    if not file.groups:
        yield Problem(shown, "file", "it holds no rules, so that nothing is delivered of it", is_warning=True)
    for rule in list_rules(file.groups):
        place, query = str(rule.get("alert") or rule.get("record")), str(rule["expr"])
        sentences = expression.check(query, catalogue)
        if expression.parses(query):
            sentences += _find_missing_labels(rule, query)
            yield from (Problem(shown, place, sentence, is_warning=True) for sentence in sentences)
        else:
            yield from (Problem(shown, place, sentence) for sentence in sentences)


def _find_missing_labels(rule: dict[str, Any], query: str) -> list[str]:
    """Return a sentence for each label that the rule's texts name and its result can't have."""
    labels = result_labels(query)
    if labels is None:
        return []
    texts = [*(rule.get("annotations") or {}).values(), *(rule.get("labels") or {}).values()]
    named = {match[1] or match[2] for text in texts for match in LABEL.finditer(str(text))}
    # `$labels` are those of the result: what `labels:` of the rule adds is not among them.
    return [
        f"its texts name the label {name}, which its result lacks: there will be nothing in its place"
        for name in sorted(named - labels)
    ]


def _shown(name: str) -> str:
    return f"rules/foreign/{name}"
