"""What fails in Grafana stops what relies on it, and nothing else: boards go on."""

from typing import Any

import pytest

from dashboards.grafana.folders import ALERTS, BOARDS
from dashboards.grafana.rule_groups import RuleGroups
from tests.dashboards.grafana.conftest import GROUPS, HOST, rule
from tests.fixtures.grafana.answer import Answer
from vigie.core.errors import ProblemError
from vigie.core.settings import GrafanaAccess
from vigie.provision import resources
from vigie.provision.grafanas import GrafanaAddress
from vigie.provision.settings import Settings
from vigie.reconcile.apply import apply
from vigie.reconcile.retry import Patience

ONCE = Patience(attempts=1)
FORBIDDEN = Answer(403, {"accessErrorId": "x", "message": "You'll need additional permissions to perform this action."})
# For each call that a token may lack the right to: which resources are not finished then.
LACKING = {
    "create_datasource": {"data sources", "rule groups"},
    "create_contact_point": {"contact points", "notification policies"},
    "put_policies": {"notification policies"},
    "put_template": {"message templates", "contact points", "notification policies"},
    "create_timing": {"mute timings", "notification policies"},
    "put_group": {"rule groups"},
    "create_folder": {"folders", "rule groups", "boards"},
    "save_dashboard": {"boards"},
}


@pytest.fixture
def everything(stand_in, told):
    """Return all resources as `vigie provision --grafana` orders them, in a Grafana that is told of alerts."""
    access = GrafanaAccess(url=(stand_in.url,), token="not-a-real-token")
    objects: dict[str, Any] = {
        "folders": {BOARDS: {"title": "vigie", "parentUid": ""}, ALERTS: {"title": "Alerts", "parentUid": BOARDS}},
        "message templates": told.templates,
        "mute timings": told.timings,
        "contact points": told.contact_points,
        "notification policies": {"vigie": told.policy},
        "rule groups": GROUPS,
        "boards": {HOST["uid"]: HOST},
    }
    address = GrafanaAddress("grafana", access, "http://127.0.0.1:9090")
    with resources._grafana(Settings(), address, objects) as target:
        yield target.resources


@pytest.mark.parametrize("call", LACKING)
def test_a_right_that_is_missing_stops_what_relies_on_it_alone(stand_in, everything, monkeypatch, call):
    monkeypatch.setattr(stand_in.state, call, lambda *_arguments: FORBIDDEN)
    results = list(apply(everything, ONCE))
    assert {result.change.resource for result in results if result.outcome != "done"} == LACKING[call]
    assert {result.change.resource for result in results} == {resource.name for resource in everything}


def test_a_right_to_read_that_is_missing_leaves_the_boards_alone(stand_in, everything, monkeypatch):
    monkeypatch.setattr(stand_in.state, "list_contact_points", lambda *_arguments: FORBIDDEN)
    with pytest.raises(ProblemError, match="403"):
        list(apply(everything, ONCE))
    assert stand_in.state.dashboards.keys() == {"vigie-host"}
    assert stand_in.state.groups
    assert "vigie" not in str(stand_in.state.policies)


def test_a_rule_of_others_in_our_group_leaves_other_groups_and_boards_alone(site):
    list(apply(site.kinds(groups=GROUPS), ONCE))
    body = {"title": "host", "folderUid": ALERTS, "interval": 10, "rules": [rule("a"), rule("o", uid="others-rule")]}
    site.direct.ask(site.api.client.PUT, f"/v1/provisioning/folder/{ALERTS}/rule-groups/host", json=body)
    board = {**HOST, "title": "Changed by hand"}
    site.api.dashboard.update_dashboard({"dashboard": board, "folderUid": BOARDS, "overwrite": True})
    other = next(title for title in GROUPS if title != "host")
    changed = GROUPS | {other: {**GROUPS[other], "interval": 120}}
    outcomes = {
        (result.change.resource, result.change.key): result for result in apply(site.kinds(groups=changed), ONCE)
    }
    assert "holds rules of others" in outcomes["rule groups", "host"].message
    assert outcomes["rule groups", other].outcome == outcomes["boards", "vigie-host"].outcome == "done"
    assert site.api.dashboard.get_dashboard("vigie-host")["dashboard"]["title"] == "Host"


def test_each_resource_relies_on_earlier_ones(everything):
    names = [resource.name for resource in everything]
    for index, resource in enumerate(everything):
        assert resource.relies_on <= set(names[:index]), resource.name
    assert RuleGroups.name in names
