"""Boards of the site folder, laid over ours by name."""

import json

import pytest

from dashboards import boards, site_lint
from dashboards.all_boards import load
from dashboards.grafana.folders import BOARDS, FOLDERS
from vigie.core.errors import ProblemError
from vigie.core.promql import catalogue

PYTHON = """
from dashboards.panels.board import board
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query
from dashboards.panels.stat import Stat

def build():
    return board("Queue", "The queue.", [], [("Now", [Stat(Metadata("Up", "Up.", "short"), Query("up"))])])
"""
SHOP = {
    "id": 7,
    "version": 3,
    "uid": "abc",
    "title": "Shop",
    "tags": ["mine"],
    "panels": [
        {
            "type": "row",
            "title": "Row",
            "panels": [{"title": "In", "targets": [{"refId": "A", "expr": "rate(up[5m])"}]}],
        },
        {"title": "Logs", "targets": [{"refId": "A", "query": "not PromQL"}]},
        {"title": "Orders", "targets": [{"refId": "A", "expr": "shop_orders"}, {"refId": "B", "expr": "sum("}]},
    ],
}


@pytest.fixture
def put(tmp_path):
    def put(name, content):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return tmp_path

    return put


def test_without_a_site_all_boards_are_ours():
    loaded = load(None)
    assert (loaded.boards, loaded.places, loaded.folders) == (boards.load(), {}, FOLDERS)
    assert loaded.added == frozenset()


def test_a_board_as_grafana_exports_it_gets_the_uid_of_its_file(put):
    board = load(put("shop.json", SHOP)).boards["vigie-shop"]
    assert board == {key: value for key, value in SHOP.items() if key not in {"id", "version"}} | {
        "uid": "vigie-shop",
        "tags": ["mine", "vigie"],
    }
    assert load(put("shop.json", {"dashboard": SHOP, "meta": {}})).boards["vigie-shop"] == board


def test_a_board_in_python_is_built_as_ours_are(put):
    assert load(put("queue.py", PYTHON)).boards["vigie-queue"]["title"] == "Queue"


def test_the_sites_board_replaces_ours_of_that_name(put):
    loaded = load(put("host.json", SHOP))
    assert loaded.boards["vigie-host"]["title"] == "Shop"
    assert loaded.boards.keys() == boards.load().keys()


def test_a_folder_in_it_is_a_folder_in_grafana(put):
    loaded = load(put("team-a/shop.json", SHOP))
    assert loaded.places == {"vigie-shop": "vigie-folder-team-a"}
    assert loaded.folders["vigie-folder-team-a"] == {"title": "team-a", "parentUid": BOARDS}
    assert list(loaded.folders)[:2] == list(FOLDERS)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("shop.json", "{", "shop.json: expected a board as Grafana exports it"),
        ("shop.json", "[]", "an object with a title"),
        ("shop.json", {"panels": []}, "an object with a title"),
        ("my shop.json", SHOP, "is not a uid"),
        ("x" * 40 + ".json", SHOP, "is not a uid"),
        ("my team/shop.json", SHOP, "is not a uid"),
        ("queue.py", "1 / 0", r"queue.py: expected a file whose build\(\) returns a board: ZeroDivisionError"),
        ("queue.py", "", "AttributeError"),
    ],
)
def test_what_is_no_board_is_named(put, name, content, words):
    with pytest.raises(ProblemError, match=words):
        load(put(name, content))


def test_one_name_twice_is_refused(put):
    put("shop.json", SHOP)
    with pytest.raises(ProblemError, match="the board vigie-shop is there twice"):
        load(put("team/shop.json", SHOP))


def test_the_linter_holds_a_sites_board_to_its_queries_alone():
    problems = site_lint.check({"vigie-shop": SHOP}, catalogue.load())
    assert [(problem.place, problem.sentence.partition(",")[0]) for problem in problems] == [
        ("panel 'In'", "query A: rate() of up"),
        ("panel 'Orders'", "query A: nobody emits shop_orders: expected a metric of vigie/core/promql/catalogue/"),
        ("panel 'Orders'", "query B: 'sum(' does not parse: unclosed left parenthesis"),
    ]
    assert site_lint.check({"vigie-shop": SHOP | {"panels": None}}, {}) == []
    [inputs] = site_lint.check({"vigie-shop": {"title": "x", "__inputs": [{"name": "DS_PROMETHEUS"}]}}, {})
    assert "DS_PROMETHEUS would stay open" in inputs.sentence


def test_an_operators_metrics_are_known_by_his_catalogue(tmp_path):
    (tmp_path / "shop.txt").write_text("# ours\nshop_orders gauge\n")
    problems = site_lint.check({"b": SHOP}, catalogue.load(over=tmp_path))
    assert [problem.place for problem in problems] == ["panel 'In'", "panel 'Orders'"]
    (tmp_path / "shop.txt").write_text("shop_orders\n")
    with pytest.raises(ProblemError, match=r"shop.txt: line 1: expected a metric's name and its type"):
        catalogue.load(over=tmp_path)
