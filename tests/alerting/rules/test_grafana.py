"""Native rules as Grafana's rule groups."""

from pathlib import Path

import pytest

from alerting.rules.grafana import duration, groups, uid
from alerting.rules.layers import load
from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError

BASE = "http://console.example/runbooks/"
ALERT = """
      - alert: {name}
        expr: up{{job="{name}"}} == 0
        for: 90s
        labels: {{severity: critical, rank: 1}}
        annotations:
          summary: '{{{{ $value | printf "%.0f" }}}} of {{{{ $labels.valued }}}}, {{{{ .Value }}}}'
          runbook_url: /runbooks/{name}
"""
RECORD = """
      - record: job:up:sum
        expr: sum by (job) (up)
"""


@pytest.fixture
def write(tmp_path):
    def write(name, *rules, head="groups: [{name: g, rules: [] }]", group="name: some group"):
        text = f"groups:\n  - {group}\n    rules:" + "".join(rules) if rules else head
        (tmp_path / name).write_text(text)
        return load(tmp_path, None)

    return write


def alert(name):
    return ALERT.format(name=name)


def make_groups(files, *, everything=True):
    return groups(files, BASE, "vigie-prometheus", everything=everything)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("90s", "1m30s"),
        ("24h", "1d"),
        ("7d", "1w"),
        ("14d", "2w"),
        ("8d", "8d"),
        ("0s", "0s"),
        ("1h30m", "1h30m"),
        ("10m", "10m"),
    ],
)
def test_durations_are_written_as_grafana_gives_them_back(written, shown):
    assert duration(written) == shown


def test_an_alert_keeps_its_meaning(write):
    [rule] = make_groups(write("host.yml", alert("Down")))["host/some group"]["rules"]
    assert [query["datasourceUid"] for query in rule["data"]] == ["vigie-prometheus", "__expr__", "__expr__"]
    assert rule["data"][0]["model"]["expr"] == 'up{job="Down"} == 0'
    assert "is_number($A)" in rule["data"][1]["model"]["expression"]  # a value of 0 fires, as in Prometheus
    assert (rule["for"], rule["keep_firing_for"], rule["noDataState"]) == ("1m30s", "0s", "OK")
    assert rule["labels"] == {"severity": "critical", "rank": "1"}
    assert rule["annotations"] == {
        "summary": '{{ $values.A.Value | printf "%.0f" }} of {{ $labels.valued }}, {{ $values.A.Value }}',
        "runbook_url": "http://console.example/runbooks/Down",
    }


def test_a_uid_does_not_depend_on_what_stands_before_it(write):
    before = make_groups(write("host.yml", alert("A"), alert("B")))["host/some group"]["rules"]
    after = make_groups(write("host.yml", alert("B"), alert("New"), alert("A")))["host/some group"]["rules"]
    assert {rule["title"]: rule["uid"] for rule in after}.items() >= {
        rule["title"]: rule["uid"] for rule in before
    }.items()


@pytest.mark.parametrize("name", ["A", "A" * 200, "très long: ✓ with / and spaces", "a/b"])
def test_every_uid_is_one_that_grafana_takes(name):
    rule_uid = uid("group", name)
    assert len(rule_uid) <= 40
    assert set(rule_uid) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert rule_uid != uid("other group", name)


def test_recordings_and_empty_groups_are_left_out(write):
    write("recorded.yml", RECORD)
    files = write("empty.yml")
    assert make_groups(files) == {}


def test_without_everything_only_the_few_that_watch_prometheus(write):
    write("host.yml", alert("Down"))
    files = write("grafana.yml", alert("Gone"), group="name: grafana")
    chosen = make_groups(files, everything=False)
    assert list(chosen) == ["grafana"]
    assert [rule["execErrState"] for rule in chosen["grafana"]["rules"]] == ["Alerting"]
    assert {rule["execErrState"] for rule in make_groups(files)["host/some group"]["rules"]} == {"OK"}


@pytest.mark.parametrize(("interval", "seconds"), [("30s", 30), ("1m", 60)])
def test_a_group_keeps_its_interval(write, interval, seconds):
    files = write("host.yml", alert("Down"), group=f"name: g\n    interval: {interval}")
    assert make_groups(files)["host/g"]["interval"] == seconds


def test_refuses_what_grafana_cant_do(write):
    with pytest.raises(UsageProblemError, match=r"host.yml: group g: interval 15s: expected n \* 10s"):
        make_groups(write("host.yml", alert("Down"), group="name: g\n    interval: 15s"))
    queried = alert("Down").replace("{{ .Value }}", '{{ query "up" }}')
    with pytest.raises(UsageProblemError, match="Grafana's templates have no `query`"):
        make_groups(write("host.yml", queried))


def test_every_rule_of_ours_can_be_evaluated_by_grafana():
    groups = make_groups(load(builtin("alerting", "rules"), None))
    uids = [rule["uid"] for group in groups.values() for rule in group["rules"]]
    assert len(uids) == len(set(uids)) > 50
    assert {Path(name).parts[0] for name in groups} >= {"host", "watchdog", "grafana"}
