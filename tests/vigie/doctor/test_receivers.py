"""Where receivers lead, and whether they answer: to mail with a greeting, to others with a connection, never more."""

import socket
import ssl
import threading
from pathlib import Path

import pytest
import yaml
from aiosmtpd.controller import Controller

from vigie.core.errors import ProblemError
from vigie.doctor.findings.facts import UnresolvedRoutes
from vigie.doctor.receivers.endpoints import Endpoint, find_endpoints
from vigie.doctor.receivers.probe import ReceiverProbe, probe_endpoint
from vigie.doctor.receivers.routing import Routing, matched_labels
from vigie.stack.servers import find

KEYS = Path(__file__).parents[2] / "fixtures" / "tls"


def configuration(**receiver):
    return yaml.safe_dump({"global": {"smtp_smarthost": "mail:587"}, "receivers": [{"name": "r", **receiver}]})


def test_each_way_and_its_usual_place(tmp_path):
    (tmp_path / "url").write_text("https://hooks.example:8443/secret/path\n")
    text = configuration(
        webhook_configs=[{"url": "http://hook:9112/"}, {"url": "<secret>"}],
        email_configs=[{"to": "a@example"}, {"to": "b@example", "smarthost": "other:25", "require_tls": False}],
        slack_configs=[{"api_url": "<secret>"}, {"api_url_file": str(tmp_path / "url")}],
        pagerduty_configs=[{"routing_key": "<secret>"}],
        opsgenie_configs=[{"api_key": "<secret>", "api_url": "https://api.eu.opsgenie.com/"}],
        msteamsv2_configs=[{"webhook_url_file": "/not/readable"}],
    )
    endpoints = {(endpoint.kind, endpoint.address, endpoint.is_tls) for endpoint in find_endpoints(text)}
    assert endpoints == {
        ("webhook", "hook:9112", False),
        ("mail", "mail:587", True),
        ("mail", "other:25", False),
        ("slack", "hooks.slack.com:443", True),
        ("slack", "hooks.example:8443", True),
        ("pagerduty", "events.pagerduty.com:443", True),
        ("opsgenie", "api.eu.opsgenie.com:443", True),
    }


def test_a_proxy_is_what_is_reached():
    text = configuration(webhook_configs=[{"url": "https://far/", "http_config": {"proxy_url": "http://proxy:3128"}}])
    assert [(endpoint.address, endpoint.is_tls) for endpoint in find_endpoints(text)] == [("proxy:3128", False)]


def test_a_certificate_is_not_judged_without_the_ca_that_alertmanager_has():
    def trust(path):
        hook = {"url": "https://hook/", "http_config": {"tls_config": {"ca_file": str(path)}}}
        (endpoint,) = find_endpoints(configuration(webhook_configs=[hook]))
        return endpoint.ca_file, endpoint.is_unverified

    assert trust(KEYS / "authority.pem") == (str(KEYS / "authority.pem"), False)
    assert trust("/only/over/there.pem") == (None, True)


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def to(listener, **changes):
    return Endpoint("r", "webhook", "127.0.0.1", listener.getsockname()[1], is_tls=False)._replace(**changes)


def test_one_that_listens_is_reached_and_told_nothing(listener):
    assert probe_endpoint(to(listener), 1) is None
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(100) == b""


def test_one_that_does_not_listen_is_not(free_port, listener):
    assert probe_endpoint(to(listener, port=free_port()), 1).kind == "refused"
    assert probe_endpoint(to(listener, host="no-such-host.invalid"), 1).kind == "name"


def test_tls_is_asked_for(listener):
    def plain():
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    threading.Thread(target=plain, daemon=True).start()
    assert probe_endpoint(to(listener, is_tls=True), 2).kind == "plain"


class Mails:
    """A mail server that counts what it was told."""

    def __init__(self):
        self.mails = 0

    async def handle_DATA(self, _server, _session, _envelope):  # noqa: N802 - aiosmtpd's name
        self.mails += 1
        return "250 OK"


@pytest.fixture
def start_mail(free_port):
    """Return `start_mail(tls_context=None)`: a mail server that must get no mail."""
    handler, started = Mails(), []

    def start_mail(tls_context=None):
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), tls_context=tls_context)
        controller.start()
        started.append(controller)
        return controller

    yield start_mail
    for controller in started:
        controller.stop()
    assert handler.mails == 0


def test_a_mail_server_is_greeted(start_mail):
    endpoint = Endpoint("r", "mail", "127.0.0.1", start_mail().port, is_tls=False, is_mail=True)
    assert probe_endpoint(endpoint, 5) is None


def test_a_mail_server_by_tls_and_whoever_vouches_for_it(start_mail):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(KEYS / "server.pem", KEYS / "server-key.pem")
    endpoint = Endpoint("r", "mail", "127.0.0.1", start_mail(context).port, is_tls=True, is_mail=True)
    assert probe_endpoint(endpoint._replace(ca_file=str(KEYS / "authority.pem")), 5) is None
    assert probe_endpoint(endpoint._replace(ca_file=str(KEYS / "stranger.pem")), 5).kind == "tls"
    assert probe_endpoint(endpoint._replace(is_unverified=True), 5) is None


def test_a_mail_server_without_tls_is_a_failure_where_tls_is_asked_for(start_mail):
    endpoint = Endpoint("r", "mail", "127.0.0.1", start_mail().port, is_tls=True, is_mail=True)
    failure = probe_endpoint(endpoint, 5)
    assert failure.kind == "answer"
    assert "STARTTLS" in failure.detail


def test_each_endpoint_is_probed_once(listener):
    probe = ReceiverProbe((to(listener), to(listener, receiver="other")), 1)
    for _ in range(3):
        assert [result.failure for result in probe.probe(frozenset({"r"}))] == [None]
    listener.setblocking(False)
    first, _ = listener.accept()
    first.close()
    with pytest.raises(BlockingIOError):
        listener.accept()


ROUTES = """
route:
  receiver: rest
  routes:
    - {matchers: ['team="shop"', 'severity=~"critical|warning"'], receiver: shop}
    - {match: {env: test}, receiver: nobody}
    - {match_re: {host: 'db-.*'}, receiver: shop, routes: [{matchers: ['{dc!="par"}']}]}
receivers: [{name: rest}, {name: shop}, {name: nobody}]
"""


def test_the_labels_that_routes_look_at():
    assert matched_labels(ROUTES) == {"team", "severity", "env", "host", "dc"}
    assert matched_labels("") == frozenset()


@pytest.mark.integration
def test_amtool_is_asked_once_for_hosts_that_it_cannot_tell_apart():
    calls = []

    def tool():
        calls.append(1)
        return find("amtool").path

    routing = Routing({"http://am": ROUTES}, tool)
    try:
        for number in range(5):
            routes = routing.of({"host": "web", "instance": str(number), "team": "shop"})
            assert [(route.alert, route.receivers) for route in routes] == [("HostDown", ("shop",))]
        assert routing.of({"host": "web"})[0].receivers == ("rest",)
        assert len(calls) == 2
    finally:
        routing.close()


@pytest.mark.integration
def test_routes_that_amtool_cannot_read_are_a_sentence():
    routing = Routing({"http://am": "route: {receiver: missing}\n"}, lambda: find("amtool").path)
    try:
        routes = routing.of({})
        assert routes.is_fault
        assert "amtool can't test the routes" in routes.why
    finally:
        routing.close()


def test_without_amtool_nobody_is_at_fault():
    def nowhere():
        raise ProblemError("amtool 0.25 or newer is not on PATH")

    routing = Routing({"http://am": ROUTES}, nowhere)
    try:
        assert routing.of({}) == UnresolvedRoutes("amtool 0.25 or newer is not on PATH", is_fault=False)
    finally:
        routing.close()
