"""Which alerts lack a unit test that sees them fire, or one that sees them quiet."""

import pytest

from alerting.rules import rule_test_coverage

RULES = """
groups:
  - name: g
    rules:
      - {record: a, expr: up}
      - {alert: Down, expr: up == 0}
      - {alert: Watchdog, expr: vector(1)}
"""
FIRES = "{alertname: %s, eval_time: 1m, exp_alerts: [{exp_labels: {}}]}"
QUIET = "{alertname: %s, eval_time: 1m, exp_alerts: []}"


@pytest.fixture
def check(tmp_path):
    rules, tests = tmp_path / "rules", tmp_path / "tests"
    rules.mkdir()
    tests.mkdir()
    (rules / "some.yml").write_text(RULES)

    def check(*cases, text=None):
        cases = ", ".join(cases)
        (tests / "some.test.yml").write_text(text or f"tests: [{{alert_rule_test: [{cases}]}}]")
        return [str(problem) for problem in rule_test_coverage.check(rules, tests)]

    return check


def test_fine_when_each_alert_is_seen_both_ways_and_what_always_fires_once(check):
    assert check(FIRES % "Down", QUIET % "Down", FIRES % "Watchdog") == []


def test_names_what_no_test_sees_fire(check):
    [problem] = check(QUIET % "Down", FIRES % "Watchdog")
    assert problem.startswith("some.test.yml: Down: no test sees it fire")


def test_names_what_no_test_sees_quiet(check):
    [problem] = check(FIRES % "Down", FIRES % "Watchdog")
    assert problem.startswith("some.test.yml: Down: no test sees it quiet")


def test_a_file_without_tests_lacks_all(tmp_path, check):
    (tmp_path / "rules" / "more.yml").write_text(RULES)
    problems = check(FIRES % "Down", QUIET % "Down", FIRES % "Watchdog")
    assert len(problems) == 3
    assert all(problem.startswith("more.test.yml: ") for problem in problems)


def test_tests_of_rules_that_are_gone_are_named(tmp_path, check):
    check(FIRES % "Down", QUIET % "Down", FIRES % "Watchdog")
    (tmp_path / "rules" / "some.yml").rename(tmp_path / "rules" / "renamed.yml")
    gone, *_ = check(FIRES % "Down", QUIET % "Down", FIRES % "Watchdog")
    assert gone == "some.test.yml: file: there are no such rules: expected some.yml"


@pytest.mark.parametrize("text", ["tests: {", "tests: 1", "[]", "tests: [{alert_rule_test: [{}]}]"])
def test_says_so_when_it_is_no_test_file(check, text):
    [problem] = check(text=text)
    assert problem.startswith("some.test.yml: file: expected promtool's unit tests")
