"""A test alert through the real routes: handed over, refused by the receiver, or sent nowhere."""

import threading

import pytest

from alerting.delivery import alert_test, inbox
from alerting.delivery.alertmanager import Alertmanager
from alerting.routes.reading import read_routes
from alerting.routes.receivers import Facts
from alerting.routes.render import render
from vigie.core.errors import ProblemError
from vigie.core.settings import AlertmanagerAccess

pytestmark = pytest.mark.integration

ROUTES = """receivers:
  inbox: {inbox: true}
  dead: {webhook: {url: "http://127.0.0.1:%d/"}}
default: {critical: inbox, warning: nobody, info: dead}
severities:
  critical: {wait: 0s, repeat: 4h}
  warning: {wait: 0s, repeat: 12h}
  info: {wait: 0s, repeat: 1d}
grouping: {by: [alertname, host], interval: 1m}
"""


@pytest.fixture
def received():
    with inbox.Server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server(received, start_alertmanager, free_port, tmp_path):
    path = tmp_path / "routes.yml"
    path.write_text(ROUTES % free_port())
    facts = Facts((0, 25), f"http://127.0.0.1:{received.server_port}/")
    files = render(read_routes(path), {}, facts, "http://g")
    running = start_alertmanager(files.configuration, files={"vigie.tmpl": files.template})
    with Alertmanager(AlertmanagerAccess(url=(running.url,)), 20) as alertmanager:
        yield alertmanager


def test_is_handed_over_by_the_routes_and_twice_in_a_row(server, received):
    for _ in range(2):
        handover = alert_test.send(server, alert_test.make_labels("critical", None, None), 50)
        assert handover == alert_test.Handover(("inbox",), ("webhook",))
    assert {alert["alertname"] for alert in received.alerts} == {alert_test.NAME}


def test_goes_where_it_is_told_to(server):
    handover = alert_test.send(server, alert_test.make_labels("warning", "shop", "inbox"), 50)
    assert handover.receivers == ("inbox",)


def test_says_so_when_nobody_is_told(server):
    with pytest.raises(ProblemError, match=r"nothing was handed over within 2 s: its receivers are nobody"):
        alert_test.send(server, alert_test.make_labels("warning", None, None), 2)


def test_says_so_when_a_receiver_is_dead(server):
    with pytest.raises(ProblemError, match="sending by webhook fails"):
        alert_test.send(server, alert_test.make_labels("critical", None, "dead"), 8)


def test_names_the_receivers_when_it_is_none(server):
    with pytest.raises(ProblemError, match="receiver 'ops' is not there: expected one of dead, inbox, nobody"):
        alert_test.send(server, alert_test.make_labels("critical", None, "ops"), 5)


def test_counts_what_newer_versions_split():
    page = """
alertmanager_notification_requests_total{integration="email",receiver_name="a"} 2
alertmanager_notification_requests_total{integration="email",receiver_name="b"} 3
alertmanager_notification_requests_failed_total{integration="email"} 1
alertmanager_notifications_total{integration="email"} 9
"""
    assert alert_test.read_counts(page) == alert_test.Counts({"email": 5.0}, {"email": 1.0})
    assert alert_test.read_counts(page).count_successes() == {"email": 4.0}
