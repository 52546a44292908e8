"""Which rules are chosen, and what another limit makes of their queries."""

import functools

import pytest

from alerting.backtest.limits import apply_limits, change_limit, parse_limit, takes_limit
from alerting.backtest.recordings import Recording
from alerting.backtest.rules import choose, find_unfilled, list_recordings, list_rules
from alerting.rules.limited_alerts import THRESHOLDS
from alerting.thresholds.reading import Limit
from vigie.core.errors import UsageProblemError
from vigie.core.promql import expression as promql
from vigie.provision.declarations import merge_rule_files
from vigie.reconcile.declaration import Inputs

FILE = """
groups:
  - name: slow
    interval: 1m
    rules:
      - {record: "shop:orders", expr: sum(orders)}
      - {alert: NoOrders, expr: "shop:orders < 1", for: 1h30m, labels: {severity: warning, value: "{{ $value }}"}}
  - name: quick
    rules:
      - {alert: ShopDown, expr: up == 0, keep_firing_for: 5m}
"""
DISK_FULL = 'a < on (dc, instance) (vigie:threshold{alert="DiskFull"} or on (dc, instance) 3 * group(a))'


def test_reads_periods_and_intervals():
    no_orders, shop_down = list_rules({"shop.yml": FILE}, 15_000)
    assert (no_orders.interval_ms, no_orders.for_ms, no_orders.keep_firing_for_ms) == (60_000, 5_400_000, 0)
    assert (shop_down.interval_ms, shop_down.for_ms, shop_down.keep_firing_for_ms) == (15_000, 0, 300_000)
    assert list(find_unfilled(no_orders)) == ["its label value is a template that is not filled in here"]
    assert list_recordings({"shop.yml": FILE}, 15_000) == {"shop:orders": [Recording("sum(orders)", 60_000, {})]}


def test_an_unknown_rule_is_told_with_those_that_are_named_alike():
    rules = list_rules({"shop.yml": FILE}, 15_000)
    assert [rule.group for rule in choose(rules, "ShopDown")] == ["quick"]
    with pytest.raises(UsageProblemError, match=r"no alert has the name 'shopdwn'.*near to it are ShopDown"):
        choose(rules, "shopdwn")


def disk_full():
    [rule] = list_rules({"x": f"groups: [{{name: g, rules: [{{alert: DiskFull, expr: '{DISK_FULL}'}}]}}]"}, 10_000)
    return rule


def test_a_limit_stands_where_its_recording_would_be_read():
    assert takes_limit(disk_full())
    assert "(vector(0) < 0) or on" in apply_limits(disk_full(), {}).expression
    limits = {"DiskFull": [Limit({"team": "db"}, 15)]}
    mounts = "group by (dc, instance, device, fstype, mountpoint) (last_over_time(node_filesystem_size_bytes"
    of_team = f'(15 * {mounts}{{job="node", team="db"}}[2m]))'
    assert f"({of_team})" in apply_limits(disk_full(), limits).expression
    changed = apply_limits(disk_full(), change_limit(limits, "DiskFull", 95)).expression
    assert f"({of_team}\nor 95 * group by" in changed


@functools.cache
def our_rules():
    """All alerts that vigie brings; they are parsed once."""
    return list_rules(merge_rule_files(Inputs()), 10_000)


@pytest.mark.parametrize("name", sorted(THRESHOLDS))
def test_each_alert_with_a_limit_takes_another(name):
    for rule in choose(our_rules(), name):
        assert takes_limit(rule)
        changed = apply_limits(rule, change_limit({}, name, 1))
        assert promql.parses(changed.expression)
        assert "vigie:threshold" not in changed.expression


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DiskFul=5", "'DiskFul' is no alert with a limit: expected DiskFull"),
        ("DiskFull", "expected percent from 0 to 100, as DiskFull=NUMBER"),
        ("DiskFull=200", "expected percent from 0 to 100"),
        ("DiskFull=nan", "expected percent from 0 to 100"),
    ],
)
def test_what_can_be_no_limit_is_refused(text, words):
    with pytest.raises(UsageProblemError, match=words):
        parse_limit(text)
