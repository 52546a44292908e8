"""Checks of rule files: each fault in an otherwise good rule is seen, and named."""

import copy

import pytest
import yaml

from alerting import lint

CATALOGUE = {"up": "gauge", "vigie:threshold": "gauge"}
GOOD = {
    "alert": "Down",
    "expr": "up == 0",
    "for": "2m",
    "keep_firing_for": "3m",
    "labels": {"severity": "critical"},
    "annotations": {"summary": "s", "description": "{{ $value }}", "runbook_url": "/runbooks/Down"},
}


@pytest.fixture
def check(tmp_path):
    rules, runbooks = tmp_path / "rules", tmp_path / "runbooks"
    rules.mkdir()
    runbooks.mkdir()
    (runbooks / "Down.md").write_text("# Down\n")

    def check(*members, text=None, **group):
        document = {"groups": [{"name": "g", "rules": list(members), **group}]}
        (rules / "some.yml").write_text(text or yaml.safe_dump(document))
        return [str(problem) for problem in lint.check(rules, {"Down"}, CATALOGUE)]

    return check


def changed(**parts):
    rule = copy.deepcopy(GOOD)
    for path, value in parts.items():
        *folders, name = path.split("__")
        place = rule
        for folder in folders:
            place = place[folder]
        if value is None:
            del place[name]
        else:
            place[name] = value
    return rule


def test_accepts_a_good_rule(check):
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"expr": "down == 0"}, "nobody emits down"),
        ({"expr": "up =="}, "does not parse"),
        ({"expr": "up"}, "compares nothing"),
        ({"for": None}, "for is missing"),
        ({"keep_firing_for": None}, "keep_firing_for is missing"),
        ({"for": "0s"}, "for: 0s without a reason"),
        ({"expr": "sum by (host) (up) == 0"}, "by (host): expected dc beside host"),
        ({"expr": "up == 0 and on (job, host) up"}, "on (job, host): expected dc beside host"),
        ({"labels__severity": "page"}, "severity 'page': expected one of critical"),
        ({"labels": None}, "severity None"),
        ({"labels__load": "{{ $value }}"}, "label load holds the value"),
        ({"labels__load": "{{ .Value }}"}, "label load holds the value"),
        ({"annotations__summary": None}, "annotation summary is missing"),
        ({"annotations__description": ""}, "annotation description is missing"),
        ({"annotations__runbook_url": None}, "annotation runbook_url is missing"),
        ({"annotations__runbook_url": "https://wiki/Down"}, "runbook_url: expected /runbooks/Down"),
    ],
)
def test_names_the_fault(check, parts, words):
    [problem] = check(changed(**parts))
    assert problem.startswith("some.yml: Down: ")
    assert words in problem


def test_takes_a_period_of_zero_with_its_reason(check):
    text = yaml.safe_dump({"groups": [{"name": "g", "rules": [changed(**{"for": "0s"})]}]})
    text = text.replace("- alert", "  - alert").replace("for: 0s", "for: 0s # an event", 1)
    assert check(text="groups: []\n") == []
    assert not [problem for problem in check(text=text) if "without a reason" in problem]


def test_an_info_may_come_and_go(check):
    assert check(changed(labels__severity="info", keep_firing_for=None)) == []


def test_wants_a_runbook_page(check):
    [problem] = check(changed(alert="Other", annotations__runbook_url="/runbooks/Other"))
    assert "runbook alerting/runbooks/Other.md is missing" in problem


def test_an_alert_without_severity_may_fire_always(check):
    assert check(changed(expr="vector(1)", labels__severity="none", **{"for": None})) == []


def test_an_alert_may_use_what_a_rule_records(check):
    assert check({"record": "job:up:sum", "expr": "sum by (job) (up)"}, changed(expr="job:up:sum == 0")) == []


def test_wants_intervals_that_grafana_takes(check):
    [problem] = check(GOOD, interval="15s")
    assert "interval 15s: expected a multiple of 10s" in problem


def test_wants_each_alert_once(check):
    assert check(GOOD, GOOD) == ["some.yml: group g: alert Down is there twice"]


LIMIT = 'up < on (dc, instance) group_left () (vigie:threshold{{alert="{0}"}}{1})'
DEFAULT = " or on (dc, instance) 5 * group by (dc, instance) (up)"


def test_an_alert_compares_with_its_own_threshold_which_has_a_default(check):
    assert check(changed(expr=LIMIT.format("Down", DEFAULT))) == []


def test_a_series_whose_name_begins_alike_is_no_threshold(check):
    counted = {"record": "vigie:threshold_some", "expr": "count(up)"}
    assert check(counted, changed(expr="vigie:threshold_some == 0")) == []


def test_an_alert_with_items_joins_by_their_labels(check):
    own = {"annotations__runbook_url": "/runbooks/DiskFull", "alert": "DiskFull"}
    problems = check(changed(expr=LIMIT.format("DiskFull", DEFAULT), **own))
    assert any("expected `or on (dc, instance, device, fstype, mountpoint) NUMBER" in problem for problem in problems)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (LIMIT.format("Other", DEFAULT), 'another alert: expected vigie:threshold{alert="Down"}'),
        (LIMIT.format("Down", ""), "has no default: expected `or on (dc, instance) NUMBER"),
        (LIMIT.format("Down", " or on (host, dc) 5 * group by (host, dc) (up)"), "has no default"),
    ],
)
def test_sees_a_threshold_that_could_silence_an_alert(check, expression, words):
    [problem] = check(changed(expr=expression))
    assert words in problem


@pytest.mark.parametrize("text", ["groups: {", "[]", "groups: [{rules: []}]", "groups: [{name: a, rules: [x]}]"])
def test_says_so_when_it_is_no_rule_file(check, text):
    [problem] = check(text=text)
    assert problem.startswith("some.yml: file: expected groups of rules in YAML: ")
