"""After a save in Grafana's own editor the drift is what a person changed there, and nothing else."""

import copy
from typing import Any

import pytest

from dashboards import boards
from dashboards.grafana.folders import BOARDS
from tests.dashboards.grafana import editor
from vigie.reconcile.apply import apply
from vigie.reconcile.diff import differences
from vigie.reconcile.plan import find_drift
from vigie.reconcile.retry import Patience

ONCE = Patience(attempts=1)
OURS = boards.load()
ANOTHER = "Changed by hand"


def first(board, kind):
    return next(panel for panel in editor.all_panels(board) if panel["type"] == kind)


def with_steps(board):
    return next(step for panel in editor.all_panels(board) for step in editor.lowest_steps(panel))


def variable_of(board, kind):
    return next(variable for variable in board["templating"]["list"] if variable["type"] == kind)


# Each takes one of the fields away from what Grafana takes for granted.
CHANGES = {
    "repeatDirection": lambda board: first(board, "timeseries").update(repeatDirection="v"),
    "transparent": lambda board: first(board, "table").update(transparent=True),
    "threshold": lambda board: with_steps(board).update(value=7),
    "builtIn": lambda board: board["annotations"]["list"][1].update(builtIn=1),
    "built-in annotation": lambda board: board["annotations"]["list"][0].update(enable=False),
    "auto": lambda board: variable_of(board, "query").update(auto=True),
    "auto_count": lambda board: variable_of(board, "query").update(auto_count=31),
    "auto_min": lambda board: variable_of(board, "query").update(auto_min="1m"),
    "options": lambda board: variable_of(board, "query").update(options=[{"text": "a", "value": "a"}]),
    "skipUrlSync": lambda board: variable_of(board, "query").update(skipUrlSync=True),
    "regexApplyTo": lambda board: variable_of(board, "query").update(regexApplyTo="text"),
    "regex": lambda board: variable_of(board, "datasource").update(regex="/x/"),
    "hide": lambda board: variable_of(board, "query").update(hide=2),
    "refresh of a query": lambda board: variable_of(board, "query").update(refresh=1),
    "preload": lambda board: board.update(preload=True),
    "timepicker": lambda board: board.update(timepicker={"hidden": True}),
    "weekStart": lambda board: board.update(weekStart="monday"),
    "timezone": lambda board: board.update(timezone=""),
    "graphTooltip": lambda board: board.update(graphTooltip=0),
    "fiscalYearStartMonth": lambda board: board.update(fiscalYearStartMonth=3),
    "editable": lambda board: board.update(editable=False),
    "a false that is a number": lambda board: first(board, "table").update(transparent=0),
}


def drift_after(grafana, uid, saved):
    """Return the places at which our board differs once it is saved in this form."""
    kinds = grafana.kinds(boards={uid: OURS[uid]})
    list(apply(kinds, ONCE))
    grafana.api.dashboard.update_dashboard({"dashboard": saved, "folderUid": BOARDS, "overwrite": True})
    return [place for change in find_drift(kinds, ONCE) for place in differences(change.before, change.after)]


@pytest.mark.parametrize("uid", sorted(OURS))
def test_one_title_changed_is_one_line(grafana, uid):
    saved = editor.save(OURS[uid])
    assert len(list(differences(saved, OURS[uid]))) > 20, "the editor changes more than a person does"
    panel = first(saved, "timeseries") if uid != "vigie-alerts" else first(saved, "table")
    title, panel["title"] = panel["title"], ANOTHER
    [place] = drift_after(grafana, uid, saved)
    assert (place.before, place.after) == (ANOTHER, title)


def test_a_save_without_a_change_is_no_drift(grafana):
    assert drift_after(grafana, "vigie-fleet", editor.save(OURS["vigie-fleet"])) == []


@pytest.mark.parametrize("field", CHANGES)
def test_a_field_away_from_its_default_is_drift(grafana, field):
    saved = editor.save(OURS["vigie-fleet"])
    CHANGES[field](saved)
    assert len(drift_after(grafana, "vigie-fleet", saved)) == 1


def test_apply_sends_what_is_declared_in_full(grafana):
    list(apply(grafana.kinds(boards={"vigie-fleet": OURS["vigie-fleet"]}), ONCE))
    stored = grafana.api.dashboard.get_dashboard("vigie-fleet")["dashboard"]
    assert {key: value for key, value in stored.items() if key not in {"id", "version"}} == OURS["vigie-fleet"]


def test_boards_of_any_shape_are_compared(grafana):
    odd: dict[str, Any] = {
        "uid": "vigie-odd",
        "title": "Odd",
        "panels": "none",
        "templating": [],
        "annotations": {"list": None},
    }
    odd["timepicker"] = None
    kinds = grafana.kinds(boards={"vigie-odd": copy.deepcopy(odd)})
    list(apply(kinds, ONCE))
    assert find_drift(kinds, ONCE) == []
    odd |= {"panels": [1, {"type": "stat", "fieldConfig": {"overrides": [3, {"properties": [4]}]}}]}
    kinds = grafana.kinds(boards={"vigie-odd": odd})
    list(apply(kinds, ONCE))
    assert find_drift(kinds, ONCE) == []
