"""The back-test says what Prometheus itself says: promtool at each evaluation, and the ALERTS of a server that ran."""

import subprocess
import time

import pytest
import yaml

from alerting.backtest.history import History, Window
from alerting.backtest.rules import choose, list_rules
from alerting.backtest.run import Times, run
from alerting.backtest.simulation import Simulation
from tests.alerting.backtest.history_blocks import STEP_SECONDS, STEPS, connect, series, start_with
from vigie.provision.declarations import merge_rule_files
from vigie.reconcile.declaration import Inputs
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
TRIED = ("DiskFull", "DiskNearlyFull", "HostDown", "ExporterDown")
LIVE = """
groups:
  - name: live
    rules:
      - {record: tick, expr: vector(1)}
      - {alert: Waits, expr: vector(time() % 14 < bool 8) == 1, for: 4s}
      - {alert: Kept, expr: vector(time() % 14 < bool 4) == 1, for: 2s, keep_firing_for: 6s}
      - {alert: Chained, expr: vector(time() % 8 < bool 4) == 1, keep_firing_for: 3s}
"""


def rule_files():
    return {
        name: text for name, text in merge_rule_files(Inputs()).items() if name in {"vigie-disk.yml", "vigie-host.yml"}
    }


def without_annotations(text):
    document = yaml.safe_load(text)
    for group in document["groups"]:
        group["rules"] = [
            {name: value for name, value in rule.items() if name != "annotations"} for rule in group["rules"]
        ]
    return yaml.safe_dump(document)


def promtool_test(folder, firings, first_ms):
    """Return a file of promtool's tests that expects, at each evaluation, just what fires by these firings."""
    for name, text in rule_files().items():
        (folder / name).write_text(without_annotations(text))
    cases = []
    for step in range(STEPS):
        at_ms = first_ms + step * STEP_SECONDS * 1000
        for name in TRIED:
            alerts = [dict(firing.labels) for firing in firings[name] if firing.start_ms <= at_ms < firing.end_ms]
            expected = [
                {"exp_labels": {key: text for key, text in labels.items() if key != "alertname"}} for labels in alerts
            ]
            cases.append({"eval_time": f"{step * STEP_SECONDS}s", "alertname": name, "exp_alerts": expected})
    inputs = [
        {"series": name, "values": " ".join("_" if value is None else str(value) for value in values)}
        for name, values in series()
    ]
    document = {
        "rule_files": list(rule_files()),
        "evaluation_interval": f"{STEP_SECONDS}s",
        "tests": [{"interval": f"{STEP_SECONDS}s", "input_series": inputs, "alert_rule_test": cases}],
    }
    path = folder / "equality.test.yml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_promtool_sees_the_same_alerts_at_each_evaluation(start_program, tmp_path):
    server, first_ms = start_with(start_program, tmp_path)
    last_ms = first_ms + (STEPS - 1) * STEP_SECONDS * 1000
    with connect(server) as client:
        history = History(client)
        assert history.read_interval_ms() == STEP_SECONDS * 1000
        rules = list_rules(rule_files(), history.read_interval_ms())
        chosen = {name: choose(rules, name) for name in TRIED}
        # promtool knows no limits; a rule that reads their recording has its default there.
        times = Times(first_ms, last_ms + 1, first_ms)
        firings = {name: run(history, rule, times).firings for name, [rule] in chosen.items()}
    assert {name: len(members) > 1 for name, members in firings.items()} == dict.fromkeys(TRIED, True)
    path = promtool_test(tmp_path, firings, first_ms)
    done = subprocess.run(
        [find("promtool").path, "test", "rules", path], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]


def test_the_alerts_of_a_server_that_ran(start_prometheus):
    config = "global: {evaluation_interval: 2s}\nrule_files: ['{folder}/rules.yml']\n"
    server = start_prometheus(config, files={"rules.yml": LIVE})
    time.sleep(50)
    with connect(server) as client:
        ticks = raw_times(client, "tick")
        history = History(client)
        for rule in list_rules({"rules.yml": LIVE}, 2000):
            simulation = Simulation(rule.for_ms, rule.keep_firing_for_ms)
            pieces = history.read(rule.expression, Window(ticks[0], ticks[-1], 2000))
            true = {at_ms for piece in pieces for _, times_ms in piece.series for at_ms in times_ms}
            for at_ms in ticks:
                simulation.evaluate(at_ms, frozenset({rule.label({})} if at_ms in true else ()))
            firings = simulation.finish(ticks[-1] + 1)
            told = ticks[2:]  # a server that has just started writes nothing of its first two evaluations
            said = [at_ms for at_ms in told if any(firing.start_ms <= at_ms < firing.end_ms for firing in firings)]
            real = raw_times(client, f'ALERTS{{alertname="{rule.name}", alertstate="firing"}}')
            assert said == [at_ms for at_ms in real if told[0] <= at_ms <= told[-1]], rule.name
            assert len(firings) > 1 or rule.name == "Chained"


def raw_times(client, selector):
    """Return when the samples of a series were written."""
    [result] = client.get_json("/api/v1/query", query=f"{selector}[2m]")["data"]["result"]
    return [round(at * 1000) for at, _ in result["values"]]
