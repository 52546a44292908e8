"""What the steps judge of what was read."""

import re

import pytest

from tests.fixtures.grafana import stand_in as stand_in_module
from tests.fixtures.grafana.answer import Answer
from tests.vigie.doctor.judged_inputs import FAULTS, HOST, PROMETHEUS, SCRAPING, WELL, given
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.http.fetch_failure import FetchFailure
from vigie.core.settings import GrafanaAccess
from vigie.doctor.findings.facts import Page, UnresolvedRoutes
from vigie.doctor.reading import grafana
from vigie.doctor.step_registry import find_steps

JUDGES = {step.name: step.judge for step in find_steps()}


@pytest.mark.parametrize(("step", "inputs", "cause"), FAULTS, ids=[f"{step}: {cause}" for step, _, cause in FAULTS])
def test_what_is_broken_has_a_cause_and_a_remedy(step, inputs, cause):
    verdict = JUDGES[step](inputs)
    assert verdict.state == "failed"
    assert re.search(cause, verdict.says), verdict.says
    assert verdict.remedy


@pytest.mark.parametrize(("step", "inputs", "words"), WELL, ids=[f"{step}: {words}" for step, _, words in WELL])
def test_what_is_well_says_so(step, inputs, words):
    verdict = JUDGES[step](inputs)
    assert (verdict.state, verdict.remedy) == ("ok", "")
    assert words in verdict.says


def test_of_shards_only_the_one_that_has_the_host_is_judged():
    two = {
        "a1": PROMETHEUS._replace(shard="0", active={("dc1", "web-2"): ()}, clock_seconds={HOST: 99.0}),
        "b1": SCRAPING._replace(shard="1"),
    }
    inputs = given()
    inputs = inputs._replace(readings=inputs.readings._replace(prometheus=two))
    assert {name: JUDGES[name](inputs).state for name in ("loaded", "scraped", "fresh", "clock")} == {
        "loaded": "ok",
        "scraped": "ok",
        "fresh": "ok",
        "clock": "ok",
    }  # fmt: skip - a line
    both = {**two, "b2": PROMETHEUS._replace(shard="1", active={("dc1", "web-2"): ()})}
    verdict = JUDGES["loaded"](inputs._replace(readings=inputs.readings._replace(prometheus=both)))
    assert "Prometheus at b2 has 1 hosts, but not web-1" in verdict.says


def test_routes_that_nobody_here_can_try_are_no_fault():
    assert JUDGES["route"](given(find_routes=lambda: UnresolvedRoutes("no amtool", is_fault=False))).state == "skipped"


def test_a_host_that_asks_for_no_integration_lacks_none():
    assert JUDGES["integration"](given()).state == "skipped"


def test_a_page_behind_a_password_is_left_to_prometheus():
    verdict = JUDGES["page"](given(page=Page("http://x/metrics", FetchFailure("login"))))
    assert verdict.state == "skipped"


@pytest.fixture
def stand_in(monkeypatch):
    """Return a stand-in for Grafana that answers a query through the data source as recorded (05-datasources)."""
    path = r"/api/datasources/proxy/uid/vigie-prometheus/api/v1/query"
    monkeypatch.setattr(stand_in_module, "ROUTES", [("GET", path, "proxied"), *stand_in_module.ROUTES])
    monkeypatch.setitem(stand_in_module.QUERIES, "proxied", {"query"})
    server = stand_in_module.StandIn()
    yield server
    server.stop()


def test_grafana_is_asked_through_its_data_source(stand_in):
    metric = {"job": "node", "instance": "web-1", "dc": "dc1"}
    answer = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": metric, "value": [0, "1"]}]}}
    stand_in.state.proxied = lambda: Answer(200, answer)
    with HttpClient(GrafanaAccess(url=(stand_in.url,), token="x"), patient_for(2)) as server:
        answer = grafana.read(server)
    assert (answer.hosts_with_data, answer.source, answer.board.kind) == ({HOST}, None, "missing")
    assert stand_in.unknown == []
