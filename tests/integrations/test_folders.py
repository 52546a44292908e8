"""Every integration that vigie brings, found by walking: its rules, and their tests by promtool."""

import subprocess

import pytest
import yaml

from alerting.rules import integration_form
from alerting.rules.integrations import RUNBOOKS, TESTS, list_folders, list_rule_files
from alerting.tools import promtool
from tests.alerting.lost_scrapes import LOSSES, with_losses
from vigie.core.builtin import builtin
from vigie.core.integrations.metrics import read_metrics
from vigie.core.promql import expression
from vigie.stack.servers import find

FOLDERS = list_folders(None)
RULES = sorted(list_rule_files().values())
# Behind `unless`, where a gap can't end an alert.
AS_IT_IS: set[tuple[str, str]] = set()


def alerts(path):
    rules = [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]
    return {rule["alert"]: rule for rule in rules if "alert" in rule}


def judge(tests):
    done = subprocess.run([find("promtool").path, "test", "rules", tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_folder_lacks_anything():
    assert [str(problem) for problem in integration_form.check(None)] == []


@pytest.mark.integration
@pytest.mark.parametrize("path", RULES, ids=lambda path: path.parent.name)
def test_promtool_accepts_the_rules_and_their_tests_pass(path):
    promtool.check_rules(find("promtool").path, [path])
    judge(path.with_name(TESTS))


@pytest.mark.integration
@pytest.mark.parametrize("path", RULES, ids=lambda path: path.parent.name)
def test_lost_scrapes_change_nothing(path, tmp_path):
    tests = yaml.safe_load(path.with_name(TESTS).read_text())
    thinned = with_losses(tests, next(iter(LOSSES.values())), frozenset(alerts(path)))
    thinned["rule_files"] = [str(path)]
    (tmp_path / TESTS).write_text(yaml.safe_dump(thinned, width=10**9))
    judge(tmp_path / TESTS)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.parent.name)
def test_no_rule_reads_a_gauge_as_it_is_now(path):
    bare = {name: expression.instant_selectors(str(rule["expr"])) for name, rule in alerts(path).items()}
    read = {(alert, name) for alert, names in bare.items() for name in names if not name.startswith("vigie:")}
    assert read - AS_IT_IS == set()


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.parent.name)
def test_there_are_six_alerts_at_least_and_none_has_a_name_of_ours(path):
    names = alerts(path).keys()
    assert len(names) >= 6
    ours = {page.stem for page in builtin("alerting", RUNBOOKS).glob("*.md")}
    assert names & ours == set()


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_the_catalogue_of_metrics_is_sorted_as_people_look_for_them(folder):
    names = [metric.name for metric in read_metrics(folder)]
    assert names
    assert names == sorted(names)
