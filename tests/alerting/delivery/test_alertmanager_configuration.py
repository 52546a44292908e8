"""Alertmanager's configuration against a real Alertmanager and amtool."""

import pytest
import requests

from alerting.delivery.alertmanager import Alertmanager, config_hash
from alerting.delivery.alertmanager_configuration import Configuration
from alerting.routes.reading import read_routes
from alerting.routes.receivers import Facts
from alerting.routes.render import AlertmanagerFiles, render
from alerting.tools.amtool import Case
from vigie.core.builtin import builtin
from vigie.core.settings import AlertmanagerAccess
from vigie.reconcile.apply import apply
from vigie.reconcile.plan import plan
from vigie.reconcile.retry import Patience
from vigie.stack.servers import find

pytestmark = pytest.mark.integration

ONCE = Patience(attempts=1)
CASES = (Case({"alertname": "HostDown", "severity": "critical"}, ("inbox",)),)


def builtin_routes(version):
    routes = read_routes(builtin("alerting", "routes.yml"))
    return render(routes, {}, Facts(version, "http://127.0.0.1:9112/"), "http://127.0.0.1:3000")


def amtool():
    return find("amtool").path


@pytest.fixture
def server(start_alertmanager):
    return start_alertmanager()


@pytest.fixture
def resource(server):
    def resource(make=builtin_routes, cases=CASES, find_amtool=amtool, folder=server.folder):
        return Configuration(folder / "alertmanager.yml", make, cases, alertmanager, find_amtool)

    with Alertmanager(AlertmanagerAccess(url=(server.url,)), 20) as alertmanager:
        yield resource


def deliver(resource):
    return [(result.change.key, result.outcome, result.message) for result in apply([resource], ONCE)]


def running(server):
    return requests.get(server.url + "/api/v2/status", timeout=20).json()["config"]["original"]


def test_the_hash_is_alertmanagers(server, resource):
    text = (server.folder / "alertmanager.yml").read_text()
    assert resource().alertmanager.last_reload().hash == config_hash(text)


def test_delivers_and_the_second_time_changes_nothing(server, resource):
    assert [result[:2] for result in deliver(resource())] == [("alertmanager.yml", "done"), ("vigie.tmpl", "done")]
    assert "SpotInterruptionImminent" in running(server)
    before = resource().alertmanager.last_reload()
    assert deliver(resource()) == []
    assert resource().alertmanager.last_reload() == before
    assert sorted(path.name for path in server.folder.iterdir()) == ["alertmanager.yml", "data", "log", "vigie.tmpl"]


def test_repairs_what_was_changed_by_hand(server, resource):
    deliver(resource())
    with (server.folder / "alertmanager.yml").open("a") as file:
        file.write("# mine\n")
    (server.folder / "vigie.tmpl").write_text("")
    assert [change.action for change in plan([resource()], ONCE)] == ["update", "update"]
    assert {outcome for _, outcome, _ in deliver(resource())} == {"done"}
    assert [change.action for change in plan([resource()], ONCE)] == ["unchanged", "unchanged"]


def test_moves_nothing_that_amtool_refuses(server, resource):
    before = (server.folder / "alertmanager.yml").read_text()
    [(_, outcome, message), _] = deliver(
        resource(lambda _version: AlertmanagerFiles("route: {receiver: absent}\nreceivers: []\n", ""))
    )
    assert (outcome, (server.folder / "alertmanager.yml").read_text()) == ("failed", before)
    assert "amtool refuses the configuration" in message
    assert 'undefined receiver "absent"' in message


def test_moves_nothing_whose_routes_lead_elsewhere(server, resource):
    before = running(server)
    wrong = (Case({"alertname": "HostDown", "severity": "critical"}, ("ops-pager",)),)
    [(_, outcome, message), _] = deliver(resource(cases=wrong))
    assert (outcome, running(server)) == ("failed", before)
    assert "alertname=HostDown, severity=critical reaches inbox: expected ops-pager" in message


def test_a_refused_reload_brings_the_previous_configuration_back_and_loads_it(server, resource, tmp_path):
    lenient = tmp_path / "amtool"
    lenient.write_text("#!/bin/sh\necho inbox\n")
    lenient.chmod(0o755)
    deliver(resource())
    before = (server.folder / "alertmanager.yml").read_text()
    broken = AlertmanagerFiles("route: {receiver: absent}\nreceivers: []\n", "")
    [(_, outcome, message), _] = deliver(resource(lambda _version: broken, find_amtool=lambda: lenient))
    assert outcome == "failed"
    assert "/-/reload answers with an error of its own (500" in message
    assert "the previous configuration is back and loaded" in message
    assert (server.folder / "alertmanager.yml").read_text() == before
    assert resource().alertmanager.last_reload().hash == config_hash(before)


def test_says_so_when_alertmanager_reads_another_file(server, resource):
    other = server.folder / "other"
    other.mkdir()
    [(_, outcome, message), _] = deliver(resource(folder=other))
    assert outcome == "failed"
    assert f"does not read {other / 'alertmanager.yml'}" in message
    assert list(other.iterdir()) == []
