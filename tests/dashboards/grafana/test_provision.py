"""Plan and apply against Grafana: nothing twice, nothing of others, and whole again after every interruption."""

import contextlib

import pytest

from dashboards.grafana.boards import Boards
from dashboards.grafana.client import Grafana
from dashboards.grafana.data_sources import PROMETHEUS
from dashboards.grafana.folders import ALERTS, BOARDS, FOLDERS
from tests.dashboards.grafana.conftest import GROUPS, HOST, OTHERS
from vigie.core.errors import ProblemError, TransientError
from vigie.core.settings import GrafanaAccess
from vigie.reconcile.apply import apply
from vigie.reconcile.diff import differences
from vigie.reconcile.plan import find_drift, plan
from vigie.reconcile.retry import Patience

TEAM = "vigie-folder-team"
MORE = {**FOLDERS, TEAM: {"title": "Team", "parentUid": BOARDS}, TEAM + "-in": {"title": "In", "parentUid": TEAM}}
OTHER = {**HOST, "uid": "vigie-other", "title": "Other"}
PATIENT = Patience(attempts=3, first_pause_seconds=0)
ONCE = Patience(attempts=1)
ALL = [("folders", BOARDS), ("folders", ALERTS), ("data sources", PROMETHEUS), ("boards", "vigie-host")]


def changed(changes):
    return [(change.resource, change.key, change.action) for change in changes if change.action != "unchanged"]


def outcomes(results):
    return [(result.change.resource, result.change.key, result.outcome) for result in results]


def test_creates_all_in_order(grafana):
    assert outcomes(apply(grafana.kinds(), ONCE)) == [(kind, key, "done") for kind, key in ALL]
    assert grafana.api.dashboard.get_dashboard("vigie-host")["meta"]["folderUid"] == BOARDS
    source = grafana.api.datasource.get_datasource_by_uid(PROMETHEUS)
    assert (source["type"], source["jsonData"]["timeInterval"]) == ("prometheus", "15s")


def test_second_apply_sends_no_write(grafana):
    list(apply(grafana.kinds(), ONCE))
    grafana.proxy.reset()
    assert list(apply(grafana.kinds(), ONCE)) == []
    assert grafana.proxy.writes() == []
    assert len(grafana.proxy.seen) <= len(ALL)


def test_plan_sends_only_reads(grafana):
    assert changed(plan(grafana.kinds(), ONCE)) == [(kind, key, "create") for kind, key in ALL]
    list(apply(grafana.kinds(), ONCE))
    grafana.proxy.reset()
    assert changed(plan(grafana.kinds(), ONCE)) == []
    assert grafana.proxy.seen
    assert grafana.proxy.writes() == []


def test_sees_and_repairs_a_board_changed_by_hand(grafana):
    list(apply(grafana.kinds(), ONCE))
    board = grafana.api.dashboard.get_dashboard("vigie-host")["dashboard"]
    board["panels"][2]["title"] = "Mine"
    board["tags"] = []
    grafana.api.dashboard.update_dashboard({"dashboard": board, "folderUid": BOARDS, "overwrite": True})
    [change] = [change for change in plan(grafana.kinds(), ONCE) if change.action != "unchanged"]
    changes = list(differences(change.before, change.after))
    panel = board["panels"][2]["id"]
    assert (f"dashboard.panels[id={panel}].title", "Mine") in [
        (difference.path, difference.before) for difference in changes
    ]
    assert len(changes) == 2
    list(apply(grafana.kinds(), ONCE))
    assert changed(plan(grafana.kinds(), ONCE)) == []


def test_brings_back_a_board_that_was_moved(grafana):
    list(apply(grafana.kinds(), ONCE))
    board = grafana.api.dashboard.get_dashboard("vigie-host")["dashboard"]
    grafana.api.dashboard.update_dashboard({"dashboard": board, "overwrite": True})
    assert changed(plan(grafana.kinds(), ONCE)) == [("boards", "vigie-host", "update")]
    list(apply(grafana.kinds(), ONCE))
    assert grafana.api.dashboard.get_dashboard("vigie-host")["meta"]["folderUid"] == BOARDS


def test_brings_back_a_folder_that_was_renamed_and_moved(grafana):
    list(apply(grafana.kinds(), ONCE))
    grafana.api.folder.create_folder("Others", OTHERS["folder"])
    grafana.api.folder.update_folder(BOARDS, "Renamed", overwrite=True)
    grafana.api.folder.move_folder(BOARDS, OTHERS["folder"])
    assert changed(plan(grafana.kinds(), ONCE)) == [("folders", BOARDS, "update")]
    list(apply(grafana.kinds(), ONCE))
    folder = grafana.api.folder.get_folder(BOARDS)
    assert (folder["title"], folder.get("parentUid", "")) == ("vigie", "")


def test_keeps_what_is_the_operators_in_a_data_source(grafana):
    list(apply(grafana.kinds(), ONCE))
    source = grafana.api.datasource.get_datasource_by_uid(PROMETHEUS)
    source |= {"url": "http://127.0.0.1:1", "isDefault": True}
    grafana.api.datasource.update_datasource_by_uid(PROMETHEUS, source)
    list(apply(grafana.kinds(), ONCE))
    source = grafana.api.datasource.get_datasource_by_uid(PROMETHEUS)
    assert (source["url"], source["isDefault"]) == ("http://127.0.0.1:9090", True)


def test_leaves_other_peoples_things_alone(grafana):
    api = grafana.api
    list(apply(grafana.kinds(), ONCE))
    api.folder.create_folder("vigie", OTHERS["folder"])  # titles may repeat
    api.datasource.create_datasource(
        {"uid": OTHERS["datasource"], "name": "Others", "type": "prometheus", "access": "proxy", "url": "http://x:9"}
    )
    board = {"uid": OTHERS["board"], "title": "Host", "tags": ["vigie"], "panels": []}
    api.dashboard.update_dashboard({"dashboard": board, "folderUid": BOARDS})

    def theirs():
        return (
            api.folder.get_folder(OTHERS["folder"]),
            api.datasource.get_datasource_by_uid(OTHERS["datasource"]),
            api.dashboard.get_dashboard(OTHERS["board"]),
        )

    before = theirs()
    api.folder.update_folder(BOARDS, "Renamed", overwrite=True)
    api.dashboard.delete_dashboard("vigie-host")
    grafana.proxy.reset()
    list(apply(grafana.kinds(), ONCE))
    before[2]["meta"]["folderTitle"], before[2]["meta"]["folderUrl"] = "vigie", f"/dashboards/f/{BOARDS}/vigie"
    assert theirs() == before
    assert not any("others-" in path for _, path in grafana.proxy.seen)


@pytest.mark.parametrize("when", ["before", "after"])
def test_dropped_connections_are_survived_wherever_they_happen(grafana, when):
    list(apply(grafana.kinds(), ONCE))
    grafana.clean()
    grafana.proxy.reset()
    list(apply(grafana.kinds(), ONCE))
    requests = len(grafana.proxy.seen)
    assert requests >= 2 * len(ALL)
    for number in range(requests):
        grafana.clean()
        grafana.proxy.reset({number: when})
        results = list(apply(grafana.kinds(), PATIENT))
        assert {result.outcome for result in results} == {"done"}, f"request {number}: {results}"
        assert changed(plan(grafana.kinds(), ONCE)) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupted_apply_is_finished_by_the_next(grafana, when):
    for number in range(12):
        grafana.clean()
        grafana.proxy.reset({number: when})
        try:
            results = list(apply(grafana.kinds(), ONCE))
            assert any(result.outcome == "failed" for result in results) or number >= len(grafana.proxy.seen)
        except TransientError:
            pass  # it was a read that was dropped
        grafana.proxy.reset()
        list(apply(grafana.kinds(), ONCE))
        assert changed(plan(grafana.kinds(), ONCE)) == [], f"interrupted at request {number}"


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_request_it_converges_without_duplicate_or_orphan(grafana, when):
    """A killed process sends nothing more; the request it died at may have arrived or not."""
    everything = {"folders": MORE, "groups": GROUPS, "boards": {HOST["uid"]: HOST, OTHER["uid"]: OTHER}}
    number, total = 0, 1
    while number < total:
        grafana.clean()
        grafana.proxy.reset({number: when}, last=number)
        with contextlib.suppress(ProblemError):  # when it was a read
            list(apply(grafana.kinds(**everything), ONCE))
        grafana.proxy.reset()
        assert {result.outcome for result in apply(grafana.kinds(**everything), ONCE)} <= {"done"}, (
            f"killed at {number}"
        )
        assert find_drift(grafana.kinds(**everything), ONCE) == [], f"killed at {number}"
        assert sorted(board["uid"] for board in grafana.direct.search("dash-db")) == ["vigie-host", "vigie-other"]
        assert {folder["uid"]: folder.get("folderUid", "") for folder in grafana.direct.search("dash-folder")} == {
            key: folder["parentUid"] for key, folder in MORE.items()
        }
        if number == 0:
            grafana.clean()
            grafana.proxy.reset()
            list(apply(grafana.kinds(**everything), ONCE))
            total = len(grafana.proxy.seen)
            assert total > 20
        number += 1


@pytest.mark.parametrize("status", [412, 429, 500, 503])
def test_tries_again_after_a_passing_refusal(grafana, status):
    grafana.proxy.reset(statuses={1: status})
    assert outcomes(apply(grafana.kinds(), PATIENT)) == [(kind, key, "done") for kind, key in ALL]


def test_a_lasting_refusal_fails_the_object_and_skips_what_relies_on_it(grafana):
    grafana.proxy.reset(statuses={3: 400})
    results = list(apply(grafana.kinds(), PATIENT))
    assert outcomes(results) == [
        ("folders", BOARDS, "failed"),
        ("folders", ALERTS, "failed"),
        ("data sources", PROMETHEUS, "done"),
        ("boards", "vigie-host", "skipped"),
    ]
    assert "answered 400: made up by the proxy" in results[0].message
    assert grafana.proxy.writes() == [("POST", "/api/folders"), ("POST", "/api/datasources")]


def test_names_what_is_missing_without_a_folder(grafana):
    [board] = apply([grafana.kinds()[-1]], ONCE)
    assert "folder not found" in board.message


def test_says_what_to_do_without_credentials(grafana):
    with (
        Grafana(grafana.proxy.url, GrafanaAccess(), 20) as session,
        pytest.raises(ProblemError, match="VIGIE_GRAFANA_TOKEN"),
    ):
        Boards(session, {"vigie-host": {}}).actual()


def test_an_unreachable_grafana_is_worth_another_try(free_port):
    session = Grafana(f"http://127.0.0.1:{free_port()}", GrafanaAccess(token="not-a-real-token"), 5)
    with session, pytest.raises(TransientError, match="refuses connections"):
        Boards(session, {"vigie-host": {}}).actual()
