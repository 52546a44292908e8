"""Two applies at once: both end well, whoever makes an object first."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboards.grafana.data_sources import PROMETHEUS
from tests.dashboards.grafana.conftest import GROUPS
from tests.fixtures.grafana.racing import RacingState
from vigie.reconcile.apply import apply
from vigie.reconcile.plan import find_drift
from vigie.reconcile.retry import Patience

TRIES = 20
ONCE = Patience(attempts=1)
PATIENT = Patience(attempts=5, first_pause_seconds=0.001)
OTHERS = {"uid": "others", "name": PROMETHEUS, "type": "prometheus", "access": "proxy", "url": "http://127.0.0.1:9"}


def meet(resources, barrier):
    """Let the first reading of each resource wait for the other run's, so that both miss the same objects."""
    for resource in resources:
        resource.actual = _after_meeting(resource.actual, barrier)
    return resources


def _after_meeting(read, barrier):
    readings = []

    def actual():
        answer = read()
        readings.append(answer)
        if len(readings) == 1:
            barrier.wait(20)
        return answer

    return actual


def run_both(site, told):
    barrier = threading.Barrier(2)
    runs = [meet(site.kinds(groups=GROUPS) + site.notifying(told), barrier) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda resources: list(apply(resources, PATIENT)), runs))


@pytest.mark.parametrize("number", range(TRIES))
def test_both_end_well(stand_in, site, told, number):
    stand_in.state = RacingState()
    for results in run_both(site, told):
        assert len(results) > 8
        assert [(result.change.key, result.message) for result in results if result.outcome != "done"] == []
    assert find_drift(site.kinds(groups=GROUPS) + site.notifying(told), ONCE) == []
    assert stand_in.state.refused >= {"vigie-host"}, f"try {number}: nobody was refused"


def test_a_name_that_somebody_else_has_stays_a_failure_with_grafanas_reason(site):
    site.api.datasource.create_datasource(OTHERS)
    outcomes = {result.change.resource: result for result in apply(site.kinds(), PATIENT)}
    failed = outcomes["data sources"]
    assert failed.outcome == "failed"
    assert "409: data source with the same name already exists" in failed.message


def test_a_group_of_another_tool_is_not_tried_again(stand_in, site, monkeypatch):
    mismatch = {
        "statusCode": 409,
        "messageId": "alerting.provenanceMismatch",
        "message": "cannot update with provided provenance 'api', needs 'converted_prometheus'",
    }
    answer = type(stand_in.state.health())(409, mismatch)
    monkeypatch.setattr(stand_in.state, "put_group", lambda *_arguments: answer)
    results = [
        result for result in apply(site.kinds(groups=GROUPS), PATIENT) if result.change.resource == "rule groups"
    ]
    assert {result.outcome for result in results} == {"failed"}
    assert "another tool made rules of this group" in results[0].message
    assert len([path for method, path in site.proxy.seen if method == "PUT" and "rule-groups" in path]) == len(GROUPS)
