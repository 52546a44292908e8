"""What adopted rules mean, judged by promtool: recovery, no data, and a query of an hour ago."""

import subprocess

import pytest
import yaml

from tests.vigie.provision.test_adopt import RECOVERY, SOURCE, queries, rule_of, threshold
from vigie.provision.adopt import rule_file
from vigie.stack.servers import find

LABELS = {"severity": "warning"}
pytestmark = pytest.mark.integration


def judge(folder, rules, series, expected):
    """Let promtool say whether exactly these alerts fire: (time, alert, labels of each)."""
    (folder / "rules.yml").write_text(rule_file("web", {"interval": 60, "rules": rules}, SOURCE).text)
    checks = [
        {"eval_time": time, "alertname": alert, "exp_alerts": [{"exp_labels": labels} for labels in firing]}
        for time, alert, firing in expected
    ]
    test = {"interval": "1m", "input_series": series, "alert_rule_test": checks}
    (folder / "rules.test.yml").write_text(
        yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]})
    )
    command = [find("promtool").path, "test", "rules", folder / "rules.test.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_recovery_threshold_holds_the_alert_until_it_is_reached(tmp_path):
    rule = rule_of(queries("depth", threshold("gt", 1000, **RECOVERY)), labels=LABELS)
    series = [
        {"series": 'depth{queue="a"}', "values": "700 1200 700 500 499 700"},
        {"series": 'depth{queue="b"}', "values": "700 700 700 700 700 700"},
    ]
    firing = [{**LABELS, "queue": "a"}]
    expected = [("0m", []), ("1m", firing), ("2m", firing), ("3m", firing), ("4m", []), ("5m", [])]
    judge(tmp_path, [rule], series, [(time, "Slow", alerts) for time, alerts in expected])


def test_no_data_is_an_alert_of_its_own_or_the_alert_itself(tmp_path):
    data = queries("depth", threshold("gt", 1000))
    rules = [
        rule_of(data, title="Own", noDataState="NoData", labels=LABELS),
        rule_of(data, title="Itself", noDataState="Alerting", labels=LABELS),
        rule_of(data, title="Quiet", labels=LABELS),
    ]
    series = [{"series": "depth", "values": "5 5 stale _ _"}]
    missing = [{**LABELS, "rulename": "Own"}]
    expected = [("1m", "DatasourceNoData", []), ("1m", "Itself", []), ("3m", "DatasourceNoData", missing)]
    expected += [("3m", "Itself", [LABELS]), ("3m", "Own", []), ("3m", "Quiet", [])]
    judge(tmp_path, rules, series, expected)


def test_a_query_of_ten_minutes_ago_sees_what_was_then(tmp_path):
    window = {"from": 1200, "to": 600}
    rule = rule_of(queries("depth", threshold("gt", 1000), relativeTimeRange=window))
    series = [{"series": 'depth{queue="a"}', "values": "5x4 2000 5x20"}]
    expected = [("5m", []), ("14m", []), ("15m", [{"queue": "a"}]), ("16m", [])]
    judge(tmp_path, [rule], series, [(time, "Slow", alerts) for time, alerts in expected])
