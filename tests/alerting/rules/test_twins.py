"""Names that two rules have: told once, with both files; what tells them apart is no twin."""

import pytest

from alerting import lint
from alerting.rules import twins
from alerting.rules.integrations import list_runbooks
from alerting.rules.twins import Source
from vigie.core.builtin import builtin
from vigie.core.promql import catalogue

RULES = builtin("alerting", "rules")
ALERT = """
groups:
  - name: {name}
    rules:
      - alert: {alert}
        expr: up == 0
        for: 5m
        keep_firing_for: 5m
        labels: {{severity: warning}}
        annotations: {{summary: It is down., description: It does not answer., runbook_url: /runbooks/{alert}}}
"""
RECORDED = "groups: [{{name: {name}, rules: [{{record: shop:up, expr: {expr}, labels: {labels}}}]}}]"


def source(file, *rules):
    return Source(file, [{"name": "g", "rules": list(rules)}])


def record(name, **labels):
    return {"record": name, "expr": "up", "labels": labels}


@pytest.fixture
def lint_site(tmp_path):
    """Return what lint says of a site folder with these rule files."""

    def lint_site(**texts):
        (tmp_path / "rules").mkdir()
        (tmp_path / "runbooks").mkdir()
        for name in ("Shop", "Stock"):
            (tmp_path / "runbooks" / f"{name}.md").write_text(f"# {name}\n")
        for name, text in texts.items():
            (tmp_path / "rules" / f"{name}.yml").write_text(text)
        return [str(problem) for problem in lint.check(RULES, list_runbooks(tmp_path), catalogue.load(), tmp_path)]

    return lint_site


def test_one_alert_in_two_files_of_a_site(lint_site):
    assert lint_site(a=ALERT.format(name="a", alert="Shop"), b=ALERT.format(name="b", alert="Shop")) == [
        "b.yml: Shop: this alert is also in a.yml: expected it in one of them"
    ]


def test_an_alert_of_ours_in_a_site_file_of_another_name(lint_site):
    """The site's file is the one to mend, also where its name comes first."""
    assert lint_site(a=ALERT.format(name="a", alert="HostDown")) == [
        "a.yml: HostDown: this alert is also in host.yml: expected it in one of them"
    ]


def test_what_lies_over_ours_is_no_twin(lint_site):
    assert lint_site(host=ALERT.format(name="host", alert="HostDown")) == []


def test_what_is_switched_off_is_no_twin(lint_site):
    assert lint_site(a=ALERT.format(name="a", alert="HostDown"), overrides="HostDown: off\n") == []


def test_a_recording_with_equal_labels(lint_site):
    first = RECORDED.format(name="a", expr="count(up)", labels="{team: shop}")
    second = RECORDED.format(name="b", expr="sum(up)", labels="{team: shop}")
    assert lint_site(a=first, b=second) == [
        "b.yml: shop:up: this recording, with the same labels, is also in a.yml: expected it in one of them"
    ]


def test_recordings_with_other_labels_are_two(lint_site):
    first = RECORDED.format(name="a", expr="count(up)", labels="{team: shop}")
    assert lint_site(a=first, b=first.replace("shop}", "stock}")) == []


def test_a_recording_that_is_there_twice_in_one_file():
    [twin] = twins.find([source("a.yml", record("x", a="1"), record("x", a="2"), record("x", a="1"))])
    assert twin[:2] == ("a.yml", "x")
    assert "twice with the same labels" in twin.sentence


def test_an_alert_may_stand_twice_in_one_file():
    assert list(twins.find([source("a.yml", {"alert": "A"}, {"alert": "A"})])) == []


def test_each_name_is_told_once_a_file():
    named_again = twins.find([source("a.yml", {"alert": "A"}), source("b.yml", {"alert": "A"}, {"alert": "A"})])
    assert [(twin.file, twin.name) for twin in named_again] == [("b.yml", "A")]
