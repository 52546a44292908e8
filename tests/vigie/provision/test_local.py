"""`vigie provision --local`: the rules of a real Prometheus next door."""

import json

import pytest

from vigie.stack.servers import find

TOKEN = "not-a-real-secret-token"


@pytest.fixture(autouse=True)
def _promtool(monkeypatch):
    """Fetch promtool, which the command does not."""
    monkeypatch.setenv("PATH", str(find("promtool").path.parent), prepend=":")


@pytest.mark.integration
def test_apply_to_the_prometheus_next_door(vigie, start_prometheus):
    prometheus = start_prometheus("rule_files: ['{folder}/rules/*.yml']\n")
    rules = prometheus.folder / "rules"
    rules.mkdir()
    flags = ("--local", "--rules-dir", str(rules), "--prometheus-url", prometheus.url)
    first = vigie("provision", "apply", *flags, "--runbook-base-url", "http://wiki.example/runbooks")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "rule files: vigie-host.yml: created" in first.stdout
    assert "runbook_url: http://wiki.example/runbooks/HostDown\n" in (rules / "vigie-host.yml").read_text()
    second = vigie("provision", "apply", *flags, "--runbook-base-url", "http://wiki.example/runbooks")
    assert (second.returncode, second.stdout) == (0, "nothing to change\n")
    assert vigie("provision", "plan", *flags).returncode == 2  # with other runbook links


@pytest.mark.integration
def test_rules_arrive_also_when_grafana_is_away(vigie, start_prometheus, free_port):
    prometheus = start_prometheus("rule_files: ['{folder}/rules/*.yml']\n")
    rules = prometheus.folder / "rules"
    rules.mkdir()
    local = ("--local", "--rules-dir", str(rules), "--prometheus-url", prometheus.url)
    grafana = ("--grafana", "--grafana-url", f"http://127.0.0.1:{free_port()}", "--attempts", "1")
    done = vigie("provision", "apply", *local, *grafana, "--json", VIGIE_GRAFANA_TOKEN=TOKEN)
    assert done.returncode == 1
    assert {result["outcome"] for result in json.loads(done.stdout)["results"]} == {"done"}
    assert "refuses connections" in done.stderr
    assert (rules / "vigie-host.yml").exists()
