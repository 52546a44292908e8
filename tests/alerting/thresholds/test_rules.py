"""Limits as recording rules, and the shipped alerts that compare with them, tried by promtool."""

import re
import subprocess

import pytest
import yaml

from alerting.rules.integrations import list_rule_files
from alerting.rules.limited_alerts import THRESHOLDS
from alerting.thresholds import rules
from vigie.core.builtin import builtin
from vigie.stack.servers import find

LIMITS = r"""
DiskFull:
  - {team: db, value: 15}
  - {team: db, host: small, dc: par, value: 2}
MemoryHigh:
  - {service: 'odd "name" \', value: 99}
"""
FILE_SYSTEM = 'job="node", device="/dev/sda1", fstype="ext4", mountpoint="/"'
# By host: its team, how many of a hundred are available, whether DiskFull fires with the limits and without them.
HOSTS = {
    "big": ("db", 10, True, False),
    "small": ("db", 2.5, False, True),
    "web": ("web", 2.5, True, True),
    "well": ("db", 20, False, False),
}

RULES = [*builtin("alerting", "rules").glob("*.yml"), *list_rule_files().values()]


@pytest.fixture
def site(tmp_path):
    (tmp_path / "thresholds.yml").write_text(LIMITS)
    return tmp_path


def groups(site):
    [(name, text)] = rules.files(site).items()
    assert name == "vigie-thresholds.yml"
    return yaml.safe_load(text)["groups"]


def test_the_first_limit_that_fits_holds(site):
    [group, _] = groups(site)
    assert group["interval"] == "30s"
    labels = "(dc, instance, device, fstype, mountpoint)"
    size = "node_filesystem_size_bytes"
    assert group["rules"][0] == {
        "record": "vigie:threshold",
        "labels": {"alert": "DiskFull"},
        "expr": f"2.0 * group by {labels} (last_over_time("
        f'{size}{{job="node", host="small", team="db", dc="par"}}[2m]))\n'
        f'or 15.0 * group by {labels} (last_over_time({size}{{job="node", team="db"}}[2m]))',
    }
    assert group["rules"][1]["expr"] == (r'99.0 * group by (dc, instance) (up{job="node", service="odd \"name\" \\"})')


def test_a_label_of_an_item_is_a_pattern(tmp_path):
    (tmp_path / "thresholds.yml").write_text("ContainerMemoryNearLimit: [{name: batch-.*, env: prod, value: 98}]")
    [group, counts] = groups(tmp_path)
    chosen = '(last_over_time(container_spec_memory_limit_bytes{job="node", name!="", name=~"batch-.*", env="prod"}'
    assert group["rules"][0]["expr"] == f"98.0 * group by (dc, instance, name) {chosen}[2m]))"
    assert counts["rules"] == [
        {
            "record": "vigie:threshold_series",
            "labels": {"alert": "ContainerMemoryNearLimit", "limit": "name=~batch-.*, env=prod"},
            "expr": f"count{chosen}[1h])) or vector(0)",
        }
    ]


def test_a_limit_for_all_is_not_counted_as_it_can_not_be_mistyped(tmp_path):
    (tmp_path / "thresholds.yml").write_text("DiskWornOut: [{value: 80}]")
    assert [group["name"] for group in groups(tmp_path)] == ["thresholds"]


def test_each_limit_is_counted_by_itself(site):
    counts = groups(site)[1]
    assert [rule["labels"]["limit"] for rule in counts["rules"]] == [
        "host=small, team=db, dc=par",
        "team=db",
        'service=odd "name" \\',
    ]
    assert 'count(up{job="node", service=' in counts["rules"][2]["expr"]


def test_without_limits_there_is_no_file(tmp_path):
    assert rules.files(None) == rules.files(tmp_path) == {}


def test_the_linter_tells_what_is_wrong(site):
    assert rules.problems(site) == []
    (site / "thresholds.yml").write_text("DiskFul: []")
    [problem] = rules.problems(site)
    assert "DiskFul: is no alert with a threshold" in str(problem)


def test_every_known_threshold_is_used_by_the_alert_of_its_name():
    texts = "".join(path.read_text() for path in RULES)
    assert sorted(re.findall(r'vigie:threshold{alert="(\w+)"}', texts)) == sorted(THRESHOLDS)


@pytest.mark.parametrize("alert", [name for name, threshold in THRESHOLDS.items() if threshold.items.dimensions])
def test_the_default_of_an_alert_with_items_is_made_of_the_series_that_its_limits_choose(alert):
    expressions = {
        rule["alert"]: " ".join(rule["expr"].split()).replace("( ", "(").replace(" )", ")")
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    items = THRESHOLDS[alert].items
    labels = f"({', '.join(items.labels())})"
    chosen = re.escape(f"{labels} ({items.select('')})").replace(r"\{\}", "")
    default = rf"on {re.escape(labels)} [\d.]+ \* group by {chosen}"
    assert re.search(default, expressions[alert]), expressions[alert]
    assert f"on {labels} group_left () (" in expressions[alert]


def _tests(files, fires):
    """Return promtool's unit tests of DiskFull on all hosts; `fires` tells of which it is expected."""
    series = []
    for host, (team, available, *_) in HOSTS.items():
        labels = f'instance="{host}", host="{host}", dc="par", team="{team}"'
        series.append({"series": f'up{{job="node", {labels}}}', "values": "1x40"})
        for metric, value in (("avail", int(available * 10**9)), ("size", 100 * 10**9)):
            name = f"node_filesystem_{metric}_bytes{{{FILE_SYSTEM}, {labels}}}"
            series.append({"series": name, "values": f"{value}x40"})
        series.append({"series": f"node_filesystem_readonly{{{FILE_SYSTEM}, {labels}}}", "values": "0x40"})
    # Of the alerts themselves only the hosts are asked: the shipped tests hold what they say.
    samples = [{"labels": f'{{instance="{host}"}}', "value": 1} for host in fires]
    firing = 'count by (instance) (ALERTS{alertname="DiskFull", alertstate="firing"})'
    case = {"expr": firing, "eval_time": "20m", "exp_samples": samples}
    test = {"interval": "1m", "input_series": series, "promql_expr_test": [case]}
    return yaml.safe_dump({"rule_files": files, "evaluation_interval": "1m", "tests": [test]})


def _promtool(*arguments):
    done = subprocess.run([find("promtool").path, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.integration
@pytest.mark.parametrize("limited", [True, False])
def test_limits_hold_where_they_are_and_defaults_everywhere_else(site, tmp_path, limited):
    [(name, text)] = rules.files(site).items()
    (tmp_path / name).write_text(text)
    _promtool("check", "rules", tmp_path / name)
    files = [str(builtin("alerting", "rules", "disk.yml")), *([name] if limited else [])]
    test = tmp_path / "some.test.yml"
    test.write_text(_tests(files, [host for host, values in HOSTS.items() if values[2 if limited else 3]]))
    _promtool("test", "rules", test)
