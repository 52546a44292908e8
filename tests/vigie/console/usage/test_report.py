"""What Prometheus's answers come to: pure."""

import pytest

from alerting.budgets.budgets import Budgets
from vigie.console.usage import report
from vigie.console.usage.report import Answers
from vigie.console.usage.show import growth


def vector(**values):
    return [
        {"metric": {"job": name} if name != "none" else {}, "value": [0, str(value)]} for name, value in values.items()
    ]


def test_most_series_come_first_each_with_budget_and_growth():
    answers = Answers(vector(shop=50, node=900, none=7), vector(node=60), vector(node=800, gone=3), vector())
    first, second = report.usages("job", answers, Budgets(jobs={"node": 500}))
    assert (first.name, first.series, first.samples_per_second, first.day_ago, first.week_ago) == (
        "node",
        900,
        60,
        800,
        None,
    )
    assert (first.budget, first.is_over) == (500, True)
    assert (second.name, second.budget, second.is_over) == ("shop", None, False)


def test_hosts_of_one_name_are_told_apart():
    row = {"metric": {"dc": "par", "host": "web-1"}, "value": [0, "5"]}
    other = {"metric": {"dc": "fra", "host": "web-1"}, "value": [0, "6"]}
    rows = report.usages("host", Answers([row, other], [], [], []), Budgets())
    assert [(row.dc, row.name, row.series) for row in rows] == [("fra", "web-1", 6), ("par", "web-1", 5)]


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [(110, 100, "+10 (+10 %)"), (1, None, "new"), (5, 5, "0"), (90, 100, "-10 (-10 %)"), (5, 0, "+5")],
)
def test_growth_is_told_in_words(now, before, text):
    assert growth(now, before) == text


def test_growth_that_nobody_can_know_is_not_new():
    assert growth(5, None, is_known=False) == "-"
