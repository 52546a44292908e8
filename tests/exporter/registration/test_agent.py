"""What the client of the Consul agent never does, and how it takes odd answers: seen by a local listener."""

import http.server
import threading

import consul
import pytest
import requests

from exporter.registration.agent import Agent
from vigie.core.errors import UsageProblemError
from vigie.core.settings import ConsulAccess


@pytest.fixture
def listener():
    """A server that keeps what it was asked in `seen`, and answers with `status`, `headers` and `body`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.seen.append((self.path, self.headers.get("X-Consul-Token")))
            self.send_response(self.server.status)
            for name, value in self.server.answer_headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(self.server.body)

        do_PUT = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.status, server.answer_headers, server.body = [], 200, {}, b"{}"
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def make_agent(tmp_path):
    agents = []

    def make_agent(url, token=None):
        token_file = tmp_path / "token" if token else None
        if token_file:
            token_file.write_text(token)
        agents.append(Agent(url, token_file, 1))
        return agents[-1]

    yield make_agent
    for agent in agents:
        agent.close()


def test_token_of_the_file_is_sent_and_none_of_the_environment(listener, make_agent, monkeypatch):
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "from-the-environment")
    make_agent(listener.url).services()
    make_agent(listener.url, "from-the-file\n").services()
    assert [token for _, token in listener.seen] == [None, "from-the-file"]


def test_proxy_and_scheme_of_the_environment_are_not_used(listener, make_agent, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("CONSUL_HTTP_SSL", "true")
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "127.0.0.1:1")
    assert make_agent(listener.url).services() == {}


def test_redirect_is_not_followed(listener, make_agent):
    listener.status, listener.answer_headers = 301, {"Location": "/v1/kv/secret"}
    with pytest.raises(requests.TooManyRedirects):
        make_agent(listener.url, "secret").services()
    assert [path for path, _ in listener.seen] == ["/v1/agent/services"]


@pytest.mark.parametrize("body", [b"<html>", b"", b"3", b'"text"', b"{}"])
def test_something_else_than_an_agent(listener, make_agent, body):
    listener.body = body
    with pytest.raises(consul.ConsulException):
        make_agent(listener.url).node()


def test_what_the_agent_does_not_know_is_no_success(listener, make_agent):
    listener.status = 404
    with pytest.raises(consul.NotFound):
        make_agent(listener.url).set_maintenance("x", "vigie: leaving")
    with pytest.raises(consul.NotFound):
        make_agent(listener.url).pass_check("x")
    make_agent(listener.url).deregister("x")  # gone is gone


@pytest.mark.parametrize("url", ["", "127.0.0.1:8500", "unix://run/consul.sock", "http://"])
def test_addresses_that_are_none(url):
    with pytest.raises(UsageProblemError, match="expected http://HOST:PORT"):
        Agent(url)


def test_key_without_its_certificate(tmp_path):
    with pytest.raises(UsageProblemError, match="consul_key_file is given without consul_cert_file"):
        Agent("https://127.0.0.1:8501", access=ConsulAccess(key_file=tmp_path / "key.pem"))
