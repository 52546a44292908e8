"""Budgets as an operator writes them: what is understood, what is refused, and which rules they become."""

import pytest
import yaml

from alerting.budgets import budgets, rules
from alerting.budgets.budgets import Budgets
from vigie.core.errors import UsageProblemError


def site_with(tmp_path, text):
    (tmp_path / "budgets.yml").write_text(text)
    return tmp_path


def test_without_a_file_of_ones_own_ours_holds(tmp_path):
    assert budgets.load(None) == budgets.load(tmp_path) == Budgets(hosts={"default": 20000})


def test_the_file_of_the_site_folder_takes_its_place(tmp_path):
    site = site_with(tmp_path, "total: 5\nteams: {shop: 7}\n")
    assert budgets.load(site) == Budgets(total=5, teams={"shop": 7})
    assert budgets.problems(site) == []


def test_an_empty_file_is_no_budget(tmp_path):
    assert rules.rules(budgets.load(site_with(tmp_path, ""))) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("jobs: {node: many}", "Expected `int`, got `str` - at `$.jobs"),
        ("jobs: {node: 0}", "Expected `int` >= 1"),
        ("job: {node: 5}", "unknown field `job`"),
        ("jobs: [", "expected readable YAML"),
        ("- 1", "Expected `object`, got `array`"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path, text, words):
    site = site_with(tmp_path, text)
    with pytest.raises(UsageProblemError) as error:
        budgets.load(site)
    assert words in str(error.value)
    assert str(site / "budgets.yml") in str(error.value)
    assert [problem.place for problem in budgets.problems(site)] == ["file"]


def test_of_several_budgets_the_named_one_holds_before_the_default():
    budget = Budgets(total=9, jobs={"node": 5}, hosts={"db-1": 7, "default": 3})
    assert [
        budget.of("host", "db-1"),
        budget.of("host", "web-1"),
        budget.of("job", "shop"),
        budget.of("total", ""),
    ] == [
        7,
        3,
        None,
        9,
    ]


def test_each_budget_becomes_a_rule_and_the_default_leaves_out_the_named():
    records = rules.rules(Budgets(total=9, teams={"a.b": 5, 'q"\\': 6, "default": 3}))
    assert [record["expr"] for record in records] == [
        'vigie:usage_series{scope="total"} * 0 + 9',
        'vigie:usage_series{scope="team", team="a.b"} * 0 + 5',
        'vigie:usage_series{scope="team", team="q\\"\\\\"} * 0 + 6',
        'vigie:usage_series{scope="team", team!~"a\\\\.b|q\\"\\\\\\\\"} * 0 + 3',
    ]
    assert {record["record"] for record in records} == {"vigie:budget_series"}


def test_the_file_says_who_wrote_it(tmp_path):
    ((name, text),) = rules.files(site_with(tmp_path, "total: 5")).items()
    assert name == "vigie-budgets.yml"
    assert text.startswith("# Written by `vigie provision apply` from budgets.yml")
    assert yaml.safe_load(text)["groups"][0]["rules"][0]["expr"] == 'vigie:usage_series{scope="total"} * 0 + 5'
