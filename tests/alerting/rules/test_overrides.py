"""Overrides: which of our alerts they change and how, and what is refused with which words."""

import pytest
import yaml

from alerting.rules import grafana, layers, native, overrides, rule_test_coverage
from vigie.console.web.runbooks import alert_rules
from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.provision.checks import find_problems
from vigie.reconcile.declaration import Inputs

FOLDER = builtin("alerting", "rules")
CHANGES = """
DiskSlow: off
RAIDDegraded: 'off'
HostDown: {for: 5m}
CPUHigh: {severity: info, keep_firing_for: 1h, labels: {tier: gold}}
RebootLoop: {limit: 5}
PrometheusUnreachable: {severity: warning}
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "rules").mkdir()
    return tmp_path


@pytest.fixture
def write(site):
    def write(text):
        (site / "rules" / "overrides.yml").write_text(text)
        return site

    return write


def rules_of(texts):
    """Return the alerts of rule files by name."""
    groups = [group for text in texts for group in yaml.safe_load(text)["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def render(site):
    return native.render(FOLDER, "http://x/runbooks/", site / "rules")


def test_prometheus_gets_the_changed_rules_and_all_others_as_they_are(write, site):
    before = render(site)
    after = render(write(CHANGES))
    assert {name for name in before if before[name] != after[name]} == {
        "vigie-storage.yml",
        "vigie-disk.yml",
        "vigie-host.yml",
    }
    ours, changed = rules_of(before.values()), rules_of(after.values())
    assert ours.keys() - changed.keys() == {"DiskSlow", "RAIDDegraded"}
    assert changed["HostDown"] == {**ours["HostDown"], "for": "5m"}
    labels = {"severity": "info", "tier": "gold"}
    assert changed["CPUHigh"] == {**ours["CPUHigh"], "keep_firing_for": "1h", "labels": labels}
    assert changed["RebootLoop"] == {**ours["RebootLoop"], "expr": ours["RebootLoop"]["expr"].replace("> 2", "> 5")}
    rest = ours.keys() - {"DiskSlow", "RAIDDegraded", "HostDown", "CPUHigh", "RebootLoop"}
    assert all(changed[name] == ours[name] for name in rest)


def test_grafana_gets_the_changed_rules(write):
    files = layers.load(FOLDER, write(CHANGES) / "rules")
    groups = grafana.groups(files, "http://x/runbooks/", "source", everything=True)
    rules = {rule["title"]: rule for group in groups.values() for rule in group["rules"]}
    assert "DiskSlow" not in rules
    assert rules["HostDown"]["for"] == "5m"
    assert rules["PrometheusUnreachable"]["labels"] == {"severity": "warning"}
    assert rules["HostDown"]["annotations"]["runbook_url"] == "http://x/runbooks/HostDown"


def test_a_file_whose_alerts_are_all_off_keeps_its_recordings(write):
    texts = render(write("SeriesBudgetExceeded: off\nProvisionDrift: off"))
    assert "vigie:usage_series" in texts["vigie-usage.yml"]
    every = rules_of([(FOLDER / "longterm.yml").read_text()])
    assert "vigie-longterm.yml" not in render(write("".join(f"{name}: off\n" for name in every)))


def test_the_linter_and_the_console_see_the_changed_rule(write):
    site = write("HostDown: {severity: info}\nDiskSlow: off")
    assert find_problems(Inputs(site)) == []
    assert alert_rules(site)["HostDown"]["labels"] == {"severity": "info"}
    assert "DiskSlow" not in alert_rules(site)
    [problem] = find_problems(Inputs(write("HostDown: {labels: {now: '{{ $value }}'}}")))
    assert str(problem).startswith("host.yml: HostDown: label now holds the value")


def test_what_others_name_may_be_off(write):
    """Inhibitions, routes and their cases name alerts by their labels: one that never comes matches nothing."""
    assert find_problems(Inputs(write("HostDown: off\nWatchdog: off\nDiskFull: off\nExporterDown: off"))) == []


def test_the_overrides_are_no_rule_file_that_wants_a_test(write):
    site = write("HostDown: off")
    (site / "tests").mkdir()
    assert rule_test_coverage.check(site / "rules", site / "tests") == []


def test_without_the_file_there_are_none(site):
    assert overrides.load(None, []) == overrides.load(site / "rules", []) == {}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("HostDown: [", None, "expected a readable YAML file"),
        ("- HostDown", 1, "expected alerts of ours, each with `off` or with what changes"),
        ("HostDown: off\nDiskFul: off", 2, "DiskFul: is no alert of ours: expected one in a file that this folder"),
        ("DiskFul: off", 1, "such as DiskFull"),
        ("Mine: off", 1, "Mine: is no alert of ours"),
        (
            "HostDown:\n  form: 5m",
            1,
            "HostDown: Object contains unknown field `form`: expected off, or some of severity",
        ),
        ("HostDown: on", 1, "Expected `object`, got `bool`"),
        ("HostDown: 0", 1, "HostDown: Expected `object`, got `int`"),
        ("HostDown:", 1, "HostDown: Expected `object`, got `null`"),
        ("HostDown: {severity: page}", 1, "Invalid enum value 'page'"),
        ("HostDown: {for: soon}", 1, "matching regex"),
        ("HostDown: {labels: {a-b: c}}", 1, "matching regex"),
        ("HostDown: {}", 1, "HostDown: changes nothing: expected off, or some of severity, for, keep_firing_for"),
        ("HostDown:\n  for: 120s", 2, "HostDown.for: changes nothing: HostDown has it so already"),
        ("HostDown:\n  for: 5m\n  severity: critical", 3, "HostDown.severity: changes nothing"),
        ("HostDown:\n  for: 5m\n  keep_firing_for: 3m", 3, "HostDown.keep_firing_for: changes nothing"),
        (
            "HostDown:\n  labels:\n    severity: info",
            3,
            "HostDown.labels.severity: expected the severity under its own",
        ),
        ("RebootLoop:\n  limit: 2", 2, "RebootLoop.limit: changes nothing"),
        ("RebootLoop:\n  limit: .nan", 2, "RebootLoop.limit: nan: expected a number"),
        ("HostDown:\n  limit: 2", 2, "HostDown.limit: the query does not compare with one number alone"),
        (
            "DiskFull:\n  limit: 2",
            2,
            "DiskFull.limit: this alert takes its limits from thresholds.yml: expected it there",
        ),
        ("HostDown: off\nHostDown: off", 2, "HostDown is there twice"),
    ],
)
def test_names_file_line_and_what_was_expected(write, text, line, words):
    with pytest.raises(UsageProblemError) as caught:
        render(write(text))
    assert words in str(caught.value)
    assert "overrides.yml: " in str(caught.value)
    assert line is None or f"overrides.yml: line {line}: " in str(caught.value)
    [problem] = find_problems(Inputs(write(text)))
    assert words in str(problem)


def test_an_alert_of_the_site_that_has_the_same_name_stays(write, site):
    own = "groups: [{name: g, rules: [{alert: HostDown, expr: up == 2, for: 1m}]}]"
    (site / "rules" / "own.yml").write_text(own)
    assert render(write("HostDown: off"))["vigie-own.yml"].endswith(own)


def test_an_alert_in_a_file_that_the_site_replaces_is_changed_there(write, site):
    (site / "rules" / "host.yml").write_text((FOLDER / "host.yml").read_text())
    with pytest.raises(
        UsageProblemError, match="HostDown: is no alert of ours: expected one in a file that this folder"
    ):
        render(write("HostDown: off"))
