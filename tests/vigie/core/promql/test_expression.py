"""Checks of queries."""

import pytest

from vigie.core.promql import expression as promql

CATALOGUE = {"up": "gauge", "node_load1": "gauge", "node_cpu_seconds_total": "counter", "odd": "untyped"}


@pytest.mark.parametrize(
    "expression",
    [
        "up == 0",
        'sum by (mode) (rate(node_cpu_seconds_total{instance=~"$instance"}[$__rate_interval]))',
        "rate(node_cpu_seconds_total[${__rate_interval}]) * $factor",
        'avg_over_time(node_load1{dc="${dc:regex}"}[[[window]]])'.replace("[[[window]]]", "[1m]"),
        "predict_linear(node_load1[1h], 3600)",
        "increase(node_cpu_seconds_total[1m])",
        "increase(odd[5m])",  # the kernel's counters come without a type
        'count({__name__="up"})',
        "vector(1)",
    ],
)
def test_accepts(expression):
    assert promql.check(expression, CATALOGUE) == []


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("rate(node_cpu_seconds_total)", "does not parse"),
        ("sum(up", "does not parse"),
        ("upp == 0", "nobody emits upp"),
        ('up and on(host) sum by (host) ({job="node"})', "names no metric"),
        ("rate(node_load1[5m])", "rate() of node_load1, which is a gauge"),
        ("deriv(node_cpu_seconds_total[5m])", "which is a counter: expected a gauge"),
        ("rate(node_cpu_seconds_total[30s])", "over 30 s: expected at least 60 s"),
        ("rate(node_cpu_seconds_total[$__interval])", "over 1 s"),
    ],
)
def test_refuses(expression, words):
    [sentence] = promql.check(expression, CATALOGUE)
    assert words in sentence


@pytest.mark.parametrize("expression", ["up == 0", "(up > bool 1) and up", "absent(up)", "1 - up != 0"])
def test_sees_a_comparison(expression):
    assert promql.has_comparison(expression)


@pytest.mark.parametrize("expression", ["vector(1)", "up", "rate(node_cpu_seconds_total[5m]) * 100 and up"])
def test_sees_that_nothing_is_compared(expression):
    assert not promql.has_comparison(expression)
