"""The rules themselves: accepted by promtool, and each alert tested by it."""

import subprocess
from pathlib import Path

import pytest
import yaml

from alerting import promtool
from vigie.data import builtin
from vigie.up.servers import find

RULES = sorted(builtin("alerting", "rules").glob("*.yml"))
TESTS = Path(__file__).parent / "rules"


def alerts(path):
    return [rule["alert"] for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.integration
def test_promtool_accepts_them():
    promtool.check_rules(find("promtool").path, RULES)


@pytest.mark.integration
@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_promtool_unit_tests_pass(path):
    command = [find("promtool").path, "test", "rules", TESTS / f"{path.stem}.test.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_alert_is_seen_firing_and_not_firing(path):
    seen = {True: set(), False: set()}
    for test in yaml.safe_load((TESTS / f"{path.stem}.test.yml").read_text())["tests"]:
        for case in test["alert_rule_test"]:
            seen[bool(case["exp_alerts"])].add(case["alertname"])
    assert seen[True] == set(alerts(path))
    assert seen[False] == set(alerts(path)) - {"Watchdog"}  # which never stops


def test_each_alert_has_its_runbook_and_no_runbook_is_left_over():
    names = {alert for path in RULES for alert in alerts(path)}
    pages = {page.stem: page.read_text() for page in builtin("alerting", "runbooks").glob("*.md")}
    assert names == pages.keys()
    assert all(text.startswith(f"# {name}\n") for name, text in pages.items())
