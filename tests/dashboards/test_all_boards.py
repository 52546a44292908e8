"""Boards of the site folder, laid over ours by name."""

import json

import pytest

from dashboards import boards, site_lint
from dashboards.all_boards import load
from dashboards.grafana.folders import BOARDS, FOLDERS
from dashboards.grafana.uids import UID
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
        path.parent.mkdir(parents=True, exist_ok=True)
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
        ("queue.py", "1 / 0", r"queue.py: expected a file whose build\(\) returns a board: ZeroDivisionError"),
        ("queue.py", "", "AttributeError"),
    ],
)
def test_what_is_no_board_is_named(put, name, content, words):
    with pytest.raises(ProblemError, match=words):
        load(put(name, content))


def test_two_folders_may_have_a_board_of_one_name(put):
    put("shop.json", SHOP)
    put("a/shop.json", SHOP)
    assert load(put("b/shop.json", SHOP)).added == {"vigie-shop", "vigie-a-shop", "vigie-b-shop"}


def test_one_name_twice_in_a_folder_is_refused(put):
    put("shop.json", SHOP)
    with pytest.raises(ProblemError, match="the board vigie-shop is there twice"):
        load(put("shop.py", PYTHON))


def test_the_linter_holds_a_sites_board_to_queries_that_parse_and_warns_of_the_rest():
    problems = site_lint.check({"vigie-shop": SHOP}, catalogue.load())
    assert [(problem.place, problem.sentence.partition(",")[0], problem.is_warning) for problem in problems] == [
        ("panel 'In'", "query A: rate() of up", True),
        ("panel 'Orders'", "query B: 'sum(' does not parse: unclosed left parenthesis", False),
        ("metrics", "nobody emits shop_orders: name in catalogue/*.txt what you have", True),
    ]
    assert site_lint.check({"vigie-shop": SHOP | {"panels": None}}, {}) == []


def test_rows_of_old_boards_are_looked_into_and_other_data_sources_are_not():
    old = {"rows": [{"title": "Row", "panels": [{"title": "In", "targets": [{"refId": "A", "expr": "sum("}]}]}]}
    assert [problem.place for problem in site_lint.check({"b": old}, {})] == ["panel 'In'"]
    logs = {"panels": [{"datasource": {"type": "loki"}, "targets": [{"refId": "A", "expr": '{app="x"} |= "y"'}]}]}
    assert site_lint.check({"b": logs}, {}) == []


def test_what_an_export_leaves_open_is_filled_in(put):
    inputs = [
        {"name": "DS_PROM", "type": "datasource", "pluginId": "prometheus"},
        {"name": "VAR_JOB", "type": "constant", "value": "node"},
        {"name": "DS_LOKI", "type": "datasource", "pluginId": "loki"},
    ]
    source = {"type": "prometheus", "uid": "${DS_PROM}"}
    panel = {"datasource": source, "targets": [{"refId": "A", "expr": 'up{job="${VAR_JOB}"}', "datasource": source}]}
    exported = {"title": "Shop", "__inputs": inputs, "__requires": [], "__elements": {}, "panels": [panel]}
    board = load(put("shop.json", exported)).boards["vigie-shop"]
    ours = {"type": "prometheus", "uid": "vigie-prometheus"}
    assert board["panels"] == [
        {"datasource": ours, "targets": [{"refId": "A", "expr": 'up{job="node"}', "datasource": ours}]}
    ]
    assert not board.keys() & {"__requires", "__elements"}
    [open_input] = site_lint.check({"vigie-shop": board}, {"up": "gauge"})
    assert (open_input.place, open_input.sentence.split()[0], open_input.is_warning) == ("__inputs", "DS_LOKI", True)


@pytest.mark.parametrize(
    "name", ["my shop.json", f"{'x' * 40}.json", "Node Exporter Full-1700000000000.json", "hôst.json"]
)
def test_any_file_name_gives_a_uid_of_its_own(put, name):
    [uid] = load(put(name, SHOP)).added
    assert UID.fullmatch(uid)
    [other] = load(put(name, SHOP)).added
    assert uid == other


def test_a_folder_may_have_any_name(put):
    loaded = load(put("Team Shop & Co/shop.json", SHOP))
    [folder] = set(loaded.places.values())
    assert UID.fullmatch(folder)
    assert loaded.folders[folder]["title"] == "Team Shop & Co"


def test_a_folder_may_lie_in_another(put):
    put("Team/Web/front/shop.json", SHOP)
    loaded = load(put("Team/all.json", SHOP))
    titles = {folder["title"]: (uid, folder["parentUid"]) for uid, folder in loaded.folders.items()}
    assert titles["Team"][1] == BOARDS
    assert titles["Web"][1] == titles["Team"][0]
    assert titles["front"][1] == titles["Web"][0]
    assert loaded.places == {"vigie-shop": titles["front"][0], "vigie-all": titles["Team"][0]}
    assert all(UID.fullmatch(uid) for uid, _ in titles.values())
    names = list(loaded.folders)
    assert all(names.index(parent) < names.index(uid) for uid, parent in titles.values() if parent)


def test_folders_of_one_name_in_two_folders_are_two(put):
    put("a/web/shop.json", SHOP)
    loaded = load(put("b/web/shop.json", SHOP))
    assert len(loaded.added) == 2
    assert len(set(loaded.places.values())) == 2


def test_an_operators_metrics_are_known_by_his_catalogue(tmp_path):
    (tmp_path / "shop.txt").write_text("# ours\nshop_orders gauge\n")
    problems = site_lint.check({"b": SHOP}, catalogue.load(over=tmp_path))
    assert [problem.place for problem in problems] == ["panel 'In'", "panel 'Orders'"]
    (tmp_path / "shop.txt").write_text("shop_orders\n")
    with pytest.raises(ProblemError, match=r"shop.txt: line 1: expected a metric's name and its type"):
        catalogue.load(over=tmp_path)
