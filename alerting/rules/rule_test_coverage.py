"""Checks that every alert is seen firing and seen quiet by a promtool unit test."""

from pathlib import Path
from typing import Any

import yaml

from alerting.rules import overrides
from vigie.core import text_file
from vigie.core.errors import ProblemError, sentence
from vigie.reconcile.problem import Problem

SUFFIX = ".test.yml"


def check(rules: Path, tests: Path) -> list[Problem]:
    """Return the alerts of `rules/<name>.yml` that `tests/<name>.test.yml` does not see both ways, and stray tests.

    What always fires by design (severity `none` and no comparison to fail) needs no quiet test: a rule that says
    `expr: vector(1)`.
    """
    paths = sorted(path for path in rules.glob("*.yml") if path.name != overrides.FILE)
    stems = {path.stem for path in paths}
    problems = [
        Problem(test.name, "file", f"there are no such rules: expected {test.name.removesuffix(SUFFIX)}.yml")
        for test in sorted(tests.glob(f"*{SUFFIX}"))
        if test.name.removesuffix(SUFFIX) not in stems
    ]
    for path in paths:
        problems += check_file(path, tests / f"{path.stem}{SUFFIX}")
    return problems


def check_file(rules: Path, test: Path) -> list[Problem]:
    """Return the alerts of a rule file that a file of tests does not see both ways."""
    try:
        alerts = _alerts(yaml.safe_load(text_file.read(rules)))
        tested = _find_cases(yaml.safe_load(text_file.read(test)) if test.exists() else {})
    except ProblemError as error:
        return [Problem(test.name, "file", sentence(error))]
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        return [Problem(test.name, "file", f"expected promtool's unit tests: {error!r}")]
    problems = []
    for name, expression in alerts.items():
        if (name, True) not in tested:
            problems.append(Problem(test.name, name, "no test sees it fire: expected a case with exp_alerts"))
        if (name, False) not in tested and expression != "vector(1)":
            problems.append(Problem(test.name, name, "no test sees it quiet: expected a case with exp_alerts: []"))
    return problems


def _alerts(document: Any) -> dict[str, str]:
    """Return the expression of each alert of a rule file by its name."""
    rules = [rule for group in document["groups"] for rule in group["rules"]]
    return {rule["alert"]: str(rule["expr"]).strip() for rule in rules if "alert" in rule}


def _find_cases(document: Any) -> set[tuple[str, bool]]:
    """Return (alert, whether it fires) of every case of a test file."""
    cases = [case for test in document.get("tests", ()) for case in test.get("alert_rule_test", ())]
    return {(case["alertname"], bool(case.get("exp_alerts"))) for case in cases}
