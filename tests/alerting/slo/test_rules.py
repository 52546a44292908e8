"""Objectives as recording rules, tried by promtool together with the shipped rules."""

import subprocess

import pytest
import yaml

from alerting.slo import rules, spec
from vigie.core.builtin import builtin
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
SHOP = """
description: Orders.
objective_percent: 99
window_days: 1
good: sum by (service) (rate(shop_orders_total{result="good"}[1m]))
total: sum by (service) (rate(shop_orders_total[1m]))
team: shop
"""
QUEUE = "description: Share of jobs that fail.\nobjective_percent: 90\nerror_ratio: queue_failed / queue_jobs\n"
LABELS = 'slo="shop", service="shop", team="shop"'
# By half a minute: a night without orders, an hour in which all is well, and then one order in two fails.
INPUT = {
    'shop_orders_total{service="shop", result="good"}': "0x120 0+60x119 7200+30x120",
    'shop_orders_total{service="shop", result="bad"}': "0x240 30+30x120",
    'shop_orders_total{service="broken", result="bad"}': "0+60x360",
    'queue_failed{queue="a"}': "0x120 2x240",
    'queue_jobs{queue="a"}': "0x120 10x240",
}
SAMPLES = [
    ("90m", "vigie:slo_total{slo='shop', service='shop'}", f"vigie:slo_total{{{LABELS}}}", 2),
    ("90m", "vigie:slo_bad{slo='shop', service='shop'}", f"vigie:slo_bad{{{LABELS}}}", 0),
    ("150m", "vigie:slo_bad{slo='shop', service='shop'}", f"vigie:slo_bad{{{LABELS}}}", 1),
    # Where nothing was ever good, there is no series of the good ones.
    ("90m", "vigie:slo_bad{service='broken'}", 'vigie:slo_bad{slo="shop", service="broken", team="shop"}', 2),
    ("90m", "vigie:slo_bad{slo='queue'}", 'vigie:slo_bad{slo="queue", queue="a"}', 0.2),
    ("90m", "vigie:slo_total{slo='queue'}", 'vigie:slo_total{slo="queue", queue="a"}', 1),
    (
        "150m",
        "round(vigie:slo_burn_rate{service='shop', window='5m'}, 1)",
        f'{{{LABELS}, window="5m", severity="critical"}}',
        50,
    ),
    # An hour of NaN and a half in which 20 % failed: of the six hours of the window, a twelfth is known to be bad.
    (
        "90m",
        "round(vigie:slo_burn_rate{slo='queue', window='6h'}, 0.1)",
        '{slo="queue", queue="a", window="6h", severity="critical"}',
        0.2,
    ),
    # Half of an hour's orders, in a day of which 3 hours are known: 0.25 * 3 / 24 of all, and 1 % is allowed.
    ("180m", "round(vigie:slo_error_budget_left{service='shop'}, 0.1)", f"{{{LABELS}}}", -2.1),
]


@pytest.fixture
def test_file(tmp_path):
    """Return a function that writes the rules of both objectives and promtool's tests of them."""
    (tmp_path / "slo").mkdir()
    (tmp_path / "slo" / "shop.yml").write_text(SHOP)
    (tmp_path / "slo" / "queue.yml").write_text(QUEUE)
    for name in ("hosts", "probes", "traefik"):
        (tmp_path / "slo" / f"{name}.yml").write_text("")
    [(name, text)] = rules.files(tmp_path).items()
    (tmp_path / name).write_text(text)
    groups = [group["name"] for group in yaml.safe_load(text)["groups"]]

    def write(test):
        document = {
            "rule_files": [str(tmp_path / name), str(builtin("alerting", "rules", "slo.yml"))],
            "evaluation_interval": "30s",
            "group_eval_order": [*groups, "slo", "slo-days"],
            "tests": [{"interval": "30s", **test}],
        }
        (tmp_path / "some.test.yml").write_text(yaml.safe_dump(document))
        return tmp_path / "some.test.yml"

    return write


def promtool(*arguments):
    done = subprocess.run([find("promtool").path, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_good_and_bad_is_counted(test_file):
    series = [{"series": name, "values": values} for name, values in INPUT.items()]
    cases = [
        {"expr": expression, "eval_time": when, "exp_samples": [{"labels": labels, "value": value}]}
        for when, expression, labels, value in SAMPLES
    ]
    promtool("test", "rules", test_file({"input_series": series, "promql_expr_test": cases}))


def test_promtool_accepts_ours_without_a_word(tmp_path):
    [(name, text)] = rules.files(None).items()
    assert name == "vigie-objectives.yml"
    (tmp_path / name).write_text(text)
    promtool("check", "rules", "--lint=all", "--lint-fatal", tmp_path / name)


def test_unequal_labels_page_nobody_and_are_told_by_lint(tmp_path):
    (tmp_path / "slo").mkdir()
    unequal = SHOP.replace(
        'sum by (service) (rate(shop_orders_total{result="good"}',
        'sum by (service, method) (rate(shop_orders_total{result="good"}',
    )
    (tmp_path / "slo" / "shop.yml").write_text(unequal)
    [problem] = [
        problem
        for problem in spec.problems(tmp_path, {"shop_orders_total": "counter"})
        if problem.file == "slo/shop.yml"
    ]
    assert "by (method, service) of good, and by (service) of total" in str(problem)
    [text] = rules.files(tmp_path).values()
    (tmp_path / "objectives.yml").write_text(text)
    series = 'shop_orders_total{service="shop", method="GET", result="good"}'
    fires = {"expr": 'count(ALERTS{alertstate="firing"})', "eval_time": "90m", "exp_samples": []}
    document = {
        "rule_files": [str(tmp_path / "objectives.yml"), str(builtin("alerting", "rules", "slo.yml"))],
        "evaluation_interval": "30s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": series, "values": "0+150x400"}],
                "promql_expr_test": [fires],
            }
        ],
    }
    (tmp_path / "unequal.test.yml").write_text(yaml.safe_dump(document))
    promtool("test", "rules", tmp_path / "unequal.test.yml")
