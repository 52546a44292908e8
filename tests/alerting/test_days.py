"""The corpus of days: in each exactly the wanted alerts; each alert fires in one of them and is quiet in another.

A day takes promtool some ten seconds: here one in eight is run, `make days` runs all (`every_day.py`).
"""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.alerting import day_files
from tests.alerting.test_rules import RULES
from vigie.core.promql import expression
from vigie.stack.servers import find

DAYS = sorted((Path(__file__).parent / "days").glob("*.yml"))
OURS = [path for path in RULES if path.stem != "grafana"]  # Prometheus never loads that one
LEAST = 40
SAMPLE = DAYS[3::8]  # none of the long ones


def rules():
    return [rule for path in OURS for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.integration
@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.stem)
def test_exactly_the_wanted_alerts_fire(path, tmp_path):
    check_day(path, tmp_path)


def check_day(path, folder):
    """Let promtool judge a day."""
    document = day_files.unit_tests(day_files.read(path), [str(rule_file) for rule_file in OURS])
    (folder / "day.test.yml").write_text(yaml.safe_dump(document, width=10**9))
    command = [find("promtool").path, "test", "rules", folder / "day.test.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_enough_days():
    assert len(DAYS) >= LEAST


def test_every_alert_fires_in_one_day_and_is_quiet_in_another_that_has_its_metrics():
    days = {path.stem: day_files.read(path) for path in DAYS}
    recorded = {rule["record"]: str(rule["expr"]) for rule in rules() if "record" in rule}
    problems = []
    for rule in rules():
        alert = rule.get("alert")
        if alert is None or alert == "Watchdog":
            continue
        wanted = {name for name, day in days.items() if alert in {entry.alert for entry in day.expect}}
        asked = metrics_of(str(rule["expr"]), recorded)
        quiet = [name for name, day in days.items() if name not in wanted and asked & day_files.metrics(day)]
        problems += (
            [] if wanted else [f"{alert}: fires in no day: expected one file in tests/alerting/days/ that expects it"]
        )
        problems += [] if quiet else [f"{alert}: is quiet in no day that has its metrics ({', '.join(sorted(asked))})"]
    assert not problems, "\n".join(["", *problems])


def metrics_of(query, recorded):
    """Return what a rule asks for, through recordings."""
    names = set()
    for name in expression.metrics(query) - {"vigie:threshold"}:
        names |= {name} | (metrics_of(recorded[name], {**recorded, name: "vector(1)"}) if name in recorded else set())
    return names
