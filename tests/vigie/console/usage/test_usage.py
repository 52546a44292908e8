"""`vigie usage` and the budgets' rules on a real Prometheus that scrapes itself."""

import json

import pytest
import requests
from click.testing import CliRunner

from alerting.budgets import rules
from vigie.console.usage.command import usage
from vigie.core.builtin import builtin
from vigie.core.errors import ProblemError

pytestmark = pytest.mark.integration
CONFIGURATION = """
global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}
rule_files: ["{folder}/*.rules.yml"]
scrape_configs:
  - job_name: prometheus
    static_configs: [{targets: ["127.0.0.1:{port}"], labels: {host: "web.1", dc: par, team: core}}]
"""
BUDGETS = "total: 1000000\njobs: {prometheus: 10}\nteams: {core: 1000000}\nhosts: {web.1: 20, default: 1000000}\n"


@pytest.fixture
def site(tmp_path):
    (tmp_path / "budgets.yml").write_text(BUDGETS)
    return tmp_path


@pytest.fixture
def prometheus(start_prometheus, site):
    quick = {
        "usage.rules.yml": builtin("alerting", "rules", "usage.yml")
        .read_text()
        .replace("interval: 20s", "interval: 1s"),
        "budgets.rules.yml": rules.files(site)[rules.NAME].replace("interval: 20s", "interval: 1s"),
    }
    return start_prometheus(CONFIGURATION, files=quick)


def ask(prometheus, query):
    samples = requests.get(f"{prometheus.url}/api/v1/query", {"query": query}, timeout=10).json()["data"]["result"]
    return {
        (sample["metric"].get("scope"), sample["metric"].get("host", "")): float(sample["value"][1])
        for sample in samples
    }


def run(prometheus, site, *arguments):
    where = ["--prometheus-url", prometheus.url, "--site", str(site), *arguments]
    return CliRunner(env={"COLUMNS": "160"}).invoke(usage, where)


def test_who_has_how_many_and_who_has_too_many(prometheus, site, wait_until):
    over = {("job", ""), ("host", "web.1")}
    wait_until(lambda: ask(prometheus, "vigie:usage_series > vigie:budget_series").keys() == over, what="budgets")
    assert ask(prometheus, "vigie:budget_series") == {
        ("total", ""): 1000000,
        ("job", ""): 10,
        ("team", ""): 1000000,
        ("host", "web.1"): 20,
    }  # fmt: skip - a line
    pending = wait_until(lambda: ask(prometheus, 'ALERTS{alertname="SeriesBudgetExceeded"}'), what="the pending alerts")
    assert pending.keys() == over

    result = run(prometheus, site, "--json", "--top", "3")
    assert result.exit_code == 2, result.output
    report = json.loads(result.stdout)
    budgets = {(row["scope"], row["dc"], row["name"]): (row["budget"], row["over"]) for row in report["usages"]}
    assert budgets == {
        ("total", "", ""): (1000000, False),
        ("job", "", "prometheus"): (10, True),
        ("team", "", "core"): (1000000, False),
        ("host", "par", "web.1"): (20, True),
    }
    assert len(report["metrics"]) == 3
    assert report["metrics"][0]["series"] > 20
    assert all(row["series"] > 100 and row["samples_per_second"] > 0 for row in report["usages"])

    text = run(prometheus, site).stdout
    assert "web.1 (par)" in text
    assert "2 over their budget: prometheus, web.1 (par)" in text


def test_a_prometheus_that_is_away_is_a_sentence():
    result = CliRunner().invoke(usage, ["--prometheus-url", "http://u:secret@127.0.0.1:9"])
    assert isinstance(result.exception, ProblemError)
    assert "Prometheus at 127.0.0.1:9 refuses connections" in str(result.exception)
    assert "secret" not in str(result.exception)
