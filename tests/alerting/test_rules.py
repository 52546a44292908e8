"""The rules themselves: accepted by promtool, and each alert tested by it."""

import subprocess
from pathlib import Path

import pytest
import yaml

from alerting.rules import rule_test_coverage
from alerting.tools import promtool
from vigie.core.builtin import builtin
from vigie.stack.servers import find

RULES = sorted(builtin("alerting", "rules").glob("*.yml"))
RUNBOOKS = "alerting/runbooks"
TESTS = Path(__file__).parent / "rules"


def alerts(path):
    rules = [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]
    return [rule["alert"] for rule in rules if "alert" in rule]


@pytest.mark.integration
def test_promtool_accepts_them():
    promtool.check_rules(find("promtool").path, RULES)


@pytest.mark.integration
@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_promtool_unit_tests_pass(path):
    command = [find("promtool").path, "test", "rules", TESTS / f"{path.stem}.test.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_seen_firing_and_quiet():
    assert rule_test_coverage.check(builtin("alerting", "rules"), TESTS) == []


def find_runbook_problems():
    names = {alert for path in RULES for alert in alerts(path)}
    pages = {page.stem: page.read_text() for page in builtin("alerting", "runbooks").glob("*.md")}
    yield from (f"{RUNBOOKS}/{name}.md: it is missing" for name in sorted(names - pages.keys()))
    yield from (f"{RUNBOOKS}/{name}.md: there is no such alert" for name in sorted(pages.keys() - names))
    for name, text in sorted(pages.items()):
        title, _, rest = text.partition("\n")
        if title != f"# {name}":
            yield f"{RUNBOOKS}/{name}.md: expected the first line `# {name}`"
        if not rest.partition("\n## ")[0].strip():
            yield f"{RUNBOOKS}/{name}.md: expected what the alert means, below its name"
        if "\n## " not in rest:
            yield f"{RUNBOOKS}/{name}.md: expected sections such as `## How to look` and `## What to do`"


def test_each_alert_has_its_runbook_and_no_runbook_is_left_over():
    problems = list(find_runbook_problems())
    assert not problems, "\n".join(["", *problems])


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_file_of_rules_is_named_on_the_page_of_alerting(path):
    section = builtin("docs", "how-to", "alerting.md").read_text().partition("\n\n**")[0]
    assert f"`{path.stem}`" in section, f"docs/how-to/alerting.md: expected `{path.stem}` among the files of rules"
