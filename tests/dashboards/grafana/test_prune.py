"""Prune and drift against Grafana: only what is ours, only what is no longer declared, and no folder with content."""

import pytest

from dashboards.grafana.folders import ALERTS, BOARDS, FOLDERS
from tests.dashboards.grafana.conftest import HOST, OTHERS
from vigie.reconcile.apply import apply
from vigie.reconcile.plan import find_drift
from vigie.reconcile.prune import find, prune
from vigie.reconcile.retry import Patience

PATIENT = Patience(attempts=3, first_pause_seconds=0)
ONCE = Patience(attempts=1)
TEAM, INNER = "vigie-boards-team", "vigie-boards-inner"
MORE = {**FOLDERS, TEAM: {"title": "Team", "parentUid": BOARDS}, INNER: {"title": "Inner", "parentUid": TEAM}}
OLD = {**HOST, "uid": "vigie-old", "title": "Old"}
BOTH = {HOST["uid"]: HOST, OLD["uid"]: OLD}
ORPHANS = [("boards", "vigie-old"), ("folders", INNER), ("folders", TEAM)]


def pruned(kinds, patience=ONCE):
    return [(result.change.resource, result.change.key, result.outcome) for result in prune(kinds, patience, list)]


def names(changes):
    return [(change.resource, change.key) for change in changes]


@pytest.fixture
def older(grafana):
    """A Grafana in which more was declared once, and others have things with our tag and titles."""
    results = list(apply(grafana.kinds(BOTH, MORE), ONCE))
    assert {result.outcome for result in results} == {"done"}
    grafana.api.folder.create_folder("vigie", OTHERS["folder"])
    board = {"uid": OTHERS["board"], "title": "Old", "tags": ["vigie"], "panels": []}
    grafana.api.dashboard.update_dashboard({"dashboard": board, "folderUid": OTHERS["folder"]})
    grafana.api.datasource.create_datasource(
        {"uid": OTHERS["datasource"], "name": "Others", "type": "prometheus", "access": "proxy", "url": "http://x:9"}
    )
    grafana.proxy.reset()
    return grafana


def test_finds_what_is_no_longer_declared_and_sends_only_reads(older):
    assert names(find(older.kinds(), ONCE)) == ORPHANS
    assert sorted(names(find_drift(older.kinds(), ONCE))) == sorted(ORPHANS)
    assert find(older.kinds(BOTH, MORE), ONCE) == []
    assert older.proxy.writes() == []


def test_deletes_it_and_nothing_else(older):
    assert pruned(older.kinds()) == [(kind, key, "done") for kind, key in ORPHANS]
    assert older.proxy.writes() == [
        ("DELETE", "/api/dashboards/uid/vigie-old"),
        ("DELETE", f"/api/folders/{INNER}"),
        ("DELETE", f"/api/folders/{TEAM}"),
    ]
    assert find_drift(older.kinds(), ONCE) == []
    assert older.api.dashboard.get_dashboard(OTHERS["board"])["dashboard"]["title"] == "Old"


def test_finds_ours_also_when_somebody_took_the_tag_away(older):
    board = older.api.dashboard.get_dashboard("vigie-old")["dashboard"] | {"tags": []}
    older.api.dashboard.update_dashboard({"dashboard": board, "overwrite": True})
    assert ("boards", "vigie-old") in names(find(older.kinds(), ONCE))


@pytest.mark.parametrize("place", [TEAM, INNER])
def test_a_folder_that_holds_a_board_of_others_stays(older, place):
    board = {"uid": "others-guest", "title": "Guest", "panels": []}
    older.api.dashboard.update_dashboard({"dashboard": board, "folderUid": place})
    results = list(prune(older.kinds(), ONCE, list))
    failed = [result for result in results if result.outcome == "failed"]
    assert [result.change.key for result in failed] == ([INNER, TEAM] if place == INNER else [TEAM])
    assert "still holds 1 dashboard" in failed[0].message
    assert older.api.dashboard.get_dashboard("others-guest")["meta"]["folderUid"] == place


def test_a_folder_that_holds_rules_or_folders_of_others_stays(older):
    older.api.folder.create_folder("Guests", "others-inner", TEAM)
    assert ("folders", TEAM, "failed") in pruned(older.kinds())
    assert older.api.folder.get_folder("others-inner")["parentUid"] == TEAM


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_request_it_is_finished_by_the_next(grafana, when):
    for number in range(20):
        grafana.clean()
        list(apply(grafana.kinds(BOTH, MORE), ONCE))
        grafana.proxy.reset({number: when})
        list(prune(grafana.kinds(), PATIENT, list))
        grafana.proxy.reset()
        assert find_drift(grafana.kinds(), ONCE) == [], f"interrupted at request {number}"


def test_an_orphan_of_ours_is_brought_back_to_its_parent(grafana):
    """Grafana takes a folder whose parent does not exist, and shows it nowhere."""
    list(apply(grafana.kinds(), ONCE))
    grafana.api.folder.delete_folder(ALERTS)
    grafana.api.folder.create_folder("Alerts", ALERTS, "nowhere")
    assert names(find_drift(grafana.kinds(), ONCE)) == [("folders", ALERTS)]
    list(apply(grafana.kinds(), ONCE))
    assert grafana.api.folder.get_folder(ALERTS)["parentUid"] == BOARDS
    assert find_drift(grafana.kinds(), ONCE) == []


def test_a_plan_of_a_hundred_boards_reads_each_object_at_most_once(grafana):
    boards = {f"vigie-n{number}": {**HOST, "uid": f"vigie-n{number}"} for number in range(100)}
    list(apply(grafana.kinds(boards), ONCE))
    grafana.proxy.reset()
    assert find(grafana.kinds(boards), ONCE) == []
    grafana.proxy.reset()
    kinds = grafana.kinds(boards)
    assert all(kind.actual() == kind.desired() for kind in kinds)
    assert len(grafana.proxy.seen) <= sum(len(kind.desired()) for kind in kinds)
    assert 1 < grafana.proxy.most <= 8
