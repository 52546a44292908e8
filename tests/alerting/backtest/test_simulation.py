"""What a rule makes of its results, counted by hand from Prometheus's rules/alerting.go."""

import pytest

from alerting.backtest.rules import Rule
from alerting.backtest.simulation import Simulation

A, B = (("host", "a"),), (("host", "b"),)
STEP_MS = 10_000


def follow(pattern, for_seconds=0, keep_seconds=0, labels=A):
    """Return (start, end, whether resolved) in evaluations; `x` is an evaluation with a result."""
    simulation = Simulation(for_seconds * 1000, keep_seconds * 1000)
    for step, mark in enumerate(pattern):
        simulation.evaluate(step * STEP_MS, frozenset({labels} if mark == "x" else ()))
    firings = simulation.finish((len(pattern) - 1) * STEP_MS)
    return [(firing.start_ms // STEP_MS, firing.end_ms // STEP_MS, firing.is_resolved) for firing in firings]


@pytest.mark.parametrize(
    ("pattern", "for_seconds", "keep_seconds", "expected"),
    [
        ("..xx..", 0, 0, [(2, 4, True)]),  # without `for` it fires at once
        ("..xx..", 10, 0, [(3, 4, True)]),  # active for 10 s at the second evaluation
        ("..xx..", 20, 0, []),
        (".xx.xxx.", 20, 0, [(6, 7, True)]),  # a gap starts `for` anew
        (".xx.xxx", 10, 0, [(2, 3, True), (5, 6, False)]),
        ("x.....", 0, 30, [(0, 4, True)]),  # kept at 1, 2 and 3, which are 0, 10 and 20 s after the first without
        ("x..x....", 0, 30, [(0, 7, True)]),  # a result within that time begins it anew
        ("x....x...", 0, 30, [(0, 4, True), (5, 8, False)]),
        ("xx.x....", 20, 30, []),  # what is pending is not kept
        ("x.", 0, 30, [(0, 1, False)]),
        ("xxx", 15, 0, [(2, 2, False)]),  # 15 s are over at the third evaluation
        ("......", 0, 0, []),
    ],
)
def test_follows_one_alert(pattern, for_seconds, keep_seconds, expected):
    assert follow(pattern, for_seconds, keep_seconds) == expected


def test_alerts_do_not_touch_each_other():
    simulation = Simulation(STEP_MS, 0)
    for step, results in enumerate([{A}, {A, B}, {B}, {B}, set()]):
        simulation.evaluate(step * STEP_MS, frozenset(results))
    assert [(firing.labels, firing.start_ms, firing.end_ms) for firing in simulation.finish(50_000)] == [
        (A, 10_000, 20_000),
        (B, 20_000, 40_000),
    ]


def test_labels_are_those_of_result_and_rule():
    labels = {"severity": "critical", "where": "{{ $labels.host }}.{{ .Labels.dc }}", "dc": ""}
    rule = Rule("Down", "x.yml", "g", "up == 0", 10_000, 0, 0, labels)
    result = {"__name__": "up", "host": "a", "dc": "par", "alertname": "other"}
    assert dict(rule.label(result)) == {
        "alertname": "Down",
        "host": "a",
        "severity": "critical",
        "where": "a.par",
    }
