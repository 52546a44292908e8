"""Limits and objectives of a site folder, delivered by the command to a real Prometheus, for either evaluator."""

import pytest
import requests

from alerting.rules import grafana
from alerting.rules.layers import load
from vigie.core.builtin import builtin
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
CONFIG = """
global: {scrape_interval: 1s}
rule_files: ['{folder}/rules/*.yml']
scrape_configs:
  - job_name: node
    static_configs:
      - {targets: ['127.0.0.1:{port}'], labels: {instance: db-1, host: db-1, dc: par, team: db}}
"""
SHOP = "description: d\nobjective_percent: 99\ngood: sum by (team) (up)\ntotal: count by (team) (up)\n"


@pytest.fixture
def server(start_prometheus):
    running = start_prometheus(CONFIG)
    (running.folder / "rules").mkdir()
    return running


@pytest.fixture
def apply(server, vigie, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(find("promtool").path.parent), prepend=":")  # the command itself fetches nothing
    (tmp_path / "site" / "slo").mkdir(parents=True)
    (tmp_path / "site" / "slo" / "shop.yml").write_text(SHOP)

    def apply(limits, evaluator):
        (tmp_path / "site" / "thresholds.yml").write_text(limits)
        flags = ["--local", "--rules-dir", str(server.folder / "rules"), "--prometheus-url", server.url]
        flags += ["--site", str(tmp_path / "site"), "--evaluator", evaluator]
        return vigie("provision", "apply", *flags)

    return apply


@pytest.fixture
def plan(vigie):
    def plan(server, folder):
        flags = ["--local", "--rules-dir", str(server.folder / "rules"), "--prometheus-url", server.url]
        return vigie("provision", "plan", *flags, "--site", str(folder / "site"))

    return plan


def rules(server):
    groups = requests.get(f"{server.url}/api/v1/rules", timeout=20).json()["data"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def ask(server, expression):
    """Return the labels and the number of the one series that answers, None when none does."""
    series = requests.get(f"{server.url}/api/v1/query", {"query": expression}, timeout=20).json()["data"]["result"]
    return (series[0]["metric"], float(series[0]["value"][1])) if series else None


@pytest.mark.parametrize("evaluator", ["prometheus", "grafana"])
def test_prometheus_records_them_whoever_evaluates_the_alerts(server, apply, wait_until, evaluator):
    done = apply("CPUHigh: [{team: db, value: 15}]", evaluator)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = rules(server)
    [limit] = [rule for rule in loaded if rule["name"] == "vigie:threshold"]
    wait_until(lambda: ask(server, limit["query"]), what="the limit of the scraped host")
    assert ask(server, limit["query"]) == ({"dc": "par", "instance": "db-1"}, 15)
    counted = [rule["query"] for rule in loaded if rule["name"] == "vigie:slo_total" and "by (team)" in rule["query"]]
    assert ask(server, counted[0]) == ({"team": "db"}, 1)
    assert {"vigie:slo_burn_rate", "vigie:slo_error_budget_left", "vigie:baseline_width"} <= {
        rule["name"] for rule in loaded
    }
    assert any(rule["type"] == "alerting" for rule in loaded) == (evaluator == "prometheus")


@pytest.mark.parametrize("evaluator", ["prometheus", "grafana"])
def test_prometheus_loads_the_overridden_rules(server, apply, plan, tmp_path, evaluator):
    (tmp_path / "site" / "rules").mkdir()
    overrides = tmp_path / "site" / "rules" / "overrides.yml"
    overrides.write_text("DiskSlow: off\nHostDown: {for: 5m, severity: warning}\n")
    done = apply("CPUHigh: [{team: db, value: 15}]", evaluator)
    assert done.returncode == 0, done.stdout + done.stderr
    alerts = {rule["name"]: rule for rule in rules(server) if rule["type"] == "alerting"}
    assert (not alerts) == (evaluator == "grafana")
    assert "DiskSlow" not in alerts
    if alerts:
        assert (alerts["HostDown"]["duration"], alerts["HostDown"]["labels"]) == (300, {"severity": "warning"})
        overrides.write_text("DiskSlow: off\n")
        assert "vigie-host.yml" in plan(server, tmp_path).stdout


def test_grafana_asks_prometheus_for_the_limits():
    files = load(builtin("alerting", "rules"), None)
    groups = grafana.groups(files, "http://x/runbooks/", "source", everything=True)
    [disk_full] = [rule for rule in groups["disk"]["rules"] if rule["title"] == "DiskFull"]
    assert 'vigie:threshold{alert="DiskFull"}' in disk_full["data"][0]["model"]["expr"]


def test_a_limit_that_is_wrong_is_refused_before_anything_is_written(server, apply):
    done = apply("DiskFull:\n- {value: 5}\nDiskFul:\n- {value: 15}", "prometheus")
    assert done.returncode != 0
    assert "thresholds.yml: line 3: DiskFul: is no alert with a threshold" in done.stderr
    assert list((server.folder / "rules").iterdir()) == []
