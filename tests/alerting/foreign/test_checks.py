"""Rule files of others: what can't work is named, what is only unlike ours passes."""

import pytest

from alerting.declarations.foreign_rules import ForeignRules
from alerting.foreign.checks import find_problems
from tests.alerting.foreign.conftest import NODE, OPERATOR
from vigie.reconcile.declaration import Inputs

CATALOGUE = {"up": "gauge", "node_filesystem_avail_bytes": "gauge"}


def problems(site, evaluator="prometheus"):
    return [str(problem) for problem in find_problems(site, CATALOGUE, evaluator)]


def test_nothing_of_what_ours_must_carry_is_asked_of_them(site):
    old = NODE.replace("Few", "Fewer").replace("team:up:count", "team:up:old_count")
    assert problems(site({"node.yml": NODE, "team/k8s.yaml": OPERATOR, "old.rules": old})) == []


def test_no_folder_is_no_problem(tmp_path):
    assert problems(tmp_path) == problems(None) == []


def rule(expr, annotations="{}"):
    return f"groups: [{{name: g, rules: [{{alert: A, expr: '{expr}', annotations: {annotations}}}]}}]"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (rule("sum(up"), "x.yml: A: 'sum(up' does not parse"),
        ("groups: {", "x.yml: file: expected a readable YAML file"),
        ("[]", "x.yml: file: expected `groups:`, or a PrometheusRule with `spec: groups:`"),
        ("spec: {}", "x.yml: file: expected `groups:`, or a PrometheusRule"),
        ("groups: [{rules: []}]", "x.yml: file: group 1: expected a name"),
        ("groups: [{name: g, rules: {}}]\n---\n7", "x.yml: file: expected `groups:`"),
        ("groups: [{name: g, rules: [{alert: A}]}]", "x.yml: file: group g: rule 1: expected `alert` or `record`"),
        ("groups: [{name: g, rules: 7}]", "x.yml: file: group g: expected a list of rules"),
        (
            "groups: [{name: g, rules: [{alert: A, expr: up, labels: [a]}]}]",
            "x.yml: file: group g: rule 1: labels: expected names with values",
        ),
    ],
)
def test_what_cannot_be_delivered_is_a_problem_of_its_file_alone(site, text, sentence):
    lines = problems(site({"x.yml": text, "y.yml": rule("nobody_emits == 1").replace("alert: A", "alert: B")}))
    assert [line.split(": ")[0] for line in lines] == ["rules/foreign/x.yml", "warning"]
    assert lines[0].startswith(f"rules/foreign/{sentence}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (rule("missing == 1"), "x.yml: A: nobody emits missing"),
        (rule("rate(up[5m]) > 1"), "x.yml: A: rate() of up, which is a gauge"),
        (
            rule("sum by (dc) (up) < 1", annotations="{summary: '{{ $labels.instance }} in {{ $labels.dc }}'}"),
            "x.yml: A: its texts name the label instance, which its result lacks",
        ),
        ("groups: []", "x.yml: file: it holds no rules"),
        ("groups:\n- name: g\n  rules:\n  # - alert: A", "x.yml: file: it holds no rules"),
    ],
)
def test_what_cannot_work_is_a_warning(site, text, sentence):
    [line] = problems(site({"x.yml": text}))
    assert line.startswith(f"warning: rules/foreign/{sentence}")


def test_two_files_that_would_have_one_name_are_a_problem(site):
    [line, *_] = problems(site({"a.yml": NODE, "a.yaml": NODE}))
    assert "it is named as a.yaml: rename one" in line


def test_what_grafana_cannot_evaluate_is_a_warning_where_grafana_evaluates(site):
    folder = site({"x.yml": OPERATOR})
    assert problems(folder) == []
    [line] = problems(folder, "grafana")
    assert line.startswith("warning: rules/foreign/x.yml: ByQuery: ")


def test_a_name_that_stands_in_two_files_is_a_warning_with_both(site):
    recorded, alerted = problems(site({"a.yml": NODE, "b.yml": NODE}))
    where = "is also in rules/foreign/a.yml: expected it in one of them"
    assert recorded == (f"warning: rules/foreign/b.yml: team:up:count: this recording, with the same labels, {where}")
    assert alerted == f"warning: rules/foreign/b.yml: Few: this alert {where}"


def test_a_name_of_ours_is_a_warning_too(site):
    folder = site({"disk.yml": "groups: [{name: g, rules: [{alert: DiskFull, expr: 'up == 0'}]}]"})
    [problem] = ForeignRules().problems(Inputs(folder), CATALOGUE)
    assert str(problem) == (
        "warning: rules/foreign/disk.yml: DiskFull: this alert is also in disk.yml: expected it in one of them"
    )


def test_an_alert_of_ours_that_is_switched_off_is_free(site):
    folder = site({"disk.yml": "groups: [{name: g, rules: [{alert: DiskFull, expr: 'up == 0'}]}]"})
    (folder / "rules" / "overrides.yml").write_text("DiskFull: off\n")
    assert ForeignRules().problems(Inputs(folder), CATALOGUE) == []
