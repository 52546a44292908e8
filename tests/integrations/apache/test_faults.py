"""What goes wrong with a server: the right state, and nothing else harmed. Who answers wrongly is a stand-in."""

import base64
import contextlib
import hashlib
import os
import signal
import socket
import ssl
from pathlib import Path

import pytest

from exporter.base.check import DeniedError, Login, Server
from exporter.base.status_page import BYTES_MAX
from exporter.parsing import items
from integrations.apache.check import Check
from tests.integrations.apache.conftest import KEYS, PAGE
from tests.integrations.pages import read_series

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
LOCKED = (
    "Listen 127.0.0.1:{port}\nSSLEngine on\nSSLCertificateFile {keys}/server.pem\n"
    "SSLCertificateKeyFile {keys}/server-key.pem\n"
    + PAGE.replace(
        "Require local", 'AuthType Basic\nAuthName "status"\nAuthUserFile {folder}/users\nRequire valid-user'
    )
)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], ValueError),
        ([HEAD + b"<html>Welcome</html>"], ValueError),
        ([b"HTTP/1.1 404 Not Found\r\n\r\n"], ValueError),
        ([b"HTTP/1.1 503 Service Unavailable\r\n\r\n"], ValueError),
        ([b"HTTP/1.1 403 Forbidden\r\n\r\n"], DeniedError),
        ([b"HTTP/1.1 401 Unauthorized\r\n\r\n"], DeniedError),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nScoreboard: _"], TimeoutError),
        ([], TimeoutError),
        ([HEAD, *[b"x" * 65536] * (BYTES_MAX // 65536 + 2)], ValueError),
    ],
)
def test_what_is_not_a_healthy_httpd(start_stand_in, answer, error):
    server = start_stand_in(answer, closes=error is not TimeoutError)
    with pytest.raises(error):
        Check().read(server._replace(path="/server-status?auto", scheme="http"), Login(), 1.0)


def test_nobody_listens(free_port):
    with pytest.raises(ConnectionRefusedError):
        Check().read(Server("127.0.0.1", free_port(), "/", "http"), Login(), 1.0)
    assert read_series(Check().page_when_down().decode()) == {"apache_up": 0}


def test_a_line_that_is_no_number_costs_itself_alone(start_stand_in):
    page = (
        "ServerVersion: Apache\nTotal Accesses: 7\nCPUUser: .5\nCPUSystem: x\nUptime: NaN\nCPULoad: 1e999\n"
        'Scoreboard: _W?\nProxyBalancer[0]Name: balancer://"a"\nProxyBalancer[0]Worker[0]Name: b\n'
        "ProxyBalancer[0]Worker[0]Elected: many\nProxyBalancer[0]Worker[0]Sent: 5K\nProxyBalancer[x]Name: c\n"
    )
    server = start_stand_in([HEAD + page.encode()], closes=True)
    skipped = items.begin()
    told = read_series(Check().read(server._replace(path="/", scheme="http"), Login(), 1.0).decode())
    assert {name: value for name, value in told.items() if value} == {
        "apache_up": 1,
        'apache_info{mpm="UNKNOWN",version="Apache"}': 1,
        "apache_accesses_total": 7,
        'apache_cpu_time_ms_total{type="user"}': 500,
        'apache_scoreboard{state="idle"}': 1,
        'apache_scoreboard{state="reply"}': 1,
        'apache_proxy_balancer_request_kbytes_total{balancer="balancer://\\"a\\"",worker="b"}': 5,
    }
    assert skipped.count == 5  # CPUSystem, Uptime, CPULoad, the letter `?`, and Elected


@pytest.mark.integration
def test_tls_and_a_login(start_server):
    server = start_server(LOCKED)
    digest = base64.b64encode(hashlib.sha1(b"sesame-1", usedforsecurity=False).digest()).decode()
    (server.folder / "users").write_text(f"vigie:{{SHA}}{digest}\n")
    place = {"scheme": "https", "name": "localhost", "ca_file": KEYS / "authority.pem"}
    for login in (Login(), Login("vigie", "wr0ng"), Login("nobody", "sesame-1")):
        with pytest.raises(DeniedError) as denied:
            server.page(login, **place)
        assert "sesame" not in str(denied.value)
        assert "wr0ng" not in str(denied.value)
    assert "apache_up 1\n" in server.page(Login("vigie", "sesame-1"), **place)
    with pytest.raises(ssl.SSLError):
        server.page(Login("vigie", "sesame-1"), **(place | {"ca_file": KEYS / "stranger.pem"}))


@pytest.mark.integration
def test_a_server_without_a_free_worker_is_too_late(start_server, wait_until):
    server = start_server(mpm="prefork")
    with contextlib.ExitStack() as stack:
        for _ in range(30):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            client.sendall(b"GET / HTTP/1.1\r\n")
        wait_until(lambda: is_too_late(server), what="the end of all workers")
    wait_until(lambda: not is_too_late(server), what="a free worker")


def is_too_late(server):
    try:
        server.page(timeout_seconds=0.3)
    except TimeoutError:
        return True
    return False


@pytest.mark.integration
def test_a_frozen_server_is_too_late_and_comes_back(start_server):
    server = start_server()
    group = [server.process.pid]
    for parent in group:
        group += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    for pid in group:
        os.kill(pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        server.page(timeout_seconds=0.3)
    for pid in group:
        os.kill(pid, signal.SIGCONT)
    assert "apache_up 1\n" in server.page()
