"""A data source's password: sent when it is another one, never shown, noticed when it is gone."""

import json

import pytest

from dashboards.grafana.client import Grafana
from dashboards.grafana.data_sources import PROMETHEUS, DataSources, Login
from vigie.reconcile.apply import apply
from vigie.reconcile.plan import plan
from vigie.reconcile.retry import Patience

ONCE = Patience(attempts=1)
FIRST, SECOND = Login("reader", "not-a-real-secret"), Login("reader", "not-a-real-secret-either")


@pytest.fixture
def sources(grafana):
    def sources(login):
        session = Grafana(grafana.proxy.url, grafana.access, 20)
        grafana.sessions.append(session)
        return [DataSources(session, "http://127.0.0.1:9090", 15, login)]

    return sources


def actions(kinds):
    return [change.action for change in plan(kinds, ONCE)]


def stored(grafana):
    return grafana.api.datasource.get_datasource_by_uid(PROMETHEUS)


def test_is_sent_once_and_shown_never(grafana, sources):
    results = list(apply(sources(FIRST), ONCE))
    assert [result.outcome for result in results] == ["done"]
    assert stored(grafana)["secureJsonFields"] == {"basicAuthPassword": True}
    assert (stored(grafana)["basicAuth"], stored(grafana)["basicAuthUser"]) == (True, "reader")
    assert actions(sources(FIRST)) == ["unchanged"]
    shown = json.dumps([(result.change.before, result.change.after) for result in results]) + json.dumps(
        stored(grafana)
    )
    assert FIRST.password not in shown


def test_another_password_is_noticed_and_sent(sources):
    list(apply(sources(FIRST), ONCE))
    assert actions(sources(SECOND)) == ["update"]
    list(apply(sources(SECOND), ONCE))
    assert actions(sources(SECOND)) == ["unchanged"]


def test_a_password_that_somebody_took_away_is_noticed_and_comes_back(grafana, sources):
    list(apply(sources(FIRST), ONCE))
    body = stored(grafana) | {"secureJsonData": {"basicAuthPassword": ""}}
    del body["version"]
    grafana.api.datasource.update_datasource_by_uid(PROMETHEUS, body)
    assert actions(sources(FIRST)) == ["update"]
    list(apply(sources(FIRST), ONCE))
    assert stored(grafana)["secureJsonFields"] == {"basicAuthPassword": True}


def test_a_login_that_is_no_longer_declared_is_taken_away(grafana, sources):
    """Grafana keeps a secret that an update leaves out, and the name of the user whatever is sent."""
    list(apply(sources(FIRST), ONCE))
    list(apply(sources(None), ONCE))
    assert stored(grafana)["secureJsonFields"] == {}
    assert (stored(grafana)["basicAuth"], stored(grafana)["basicAuthUser"]) == (False, "reader")
    assert actions(sources(None)) == ["unchanged"]


def test_an_update_of_something_else_keeps_the_password(grafana, sources):
    list(apply(sources(FIRST), ONCE))
    body = stored(grafana) | {"url": "http://127.0.0.1:1"}
    del body["version"]
    grafana.api.datasource.update_datasource_by_uid(PROMETHEUS, body)
    list(apply(sources(FIRST), ONCE))
    assert stored(grafana)["url"] == "http://127.0.0.1:9090"
    assert stored(grafana)["secureJsonFields"] == {"basicAuthPassword": True}
