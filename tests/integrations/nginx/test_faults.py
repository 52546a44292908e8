"""What goes wrong with a server: the right state, and nothing else harmed. Who answers wrongly is a stand-in."""

import contextlib
import os
import signal
import socket
import ssl
from pathlib import Path

import pytest

from exporter.base.check import DeniedError, Login, Server
from exporter.base.status_page import BYTES_MAX
from integrations.nginx.check import Check
from tests.integrations.nginx.conftest import KEYS, PLAIN
from tests.integrations.pages import read_series

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
LOCKED = """
server {
    listen 127.0.0.1:{port} ssl;
    server_name localhost;
    ssl_certificate {keys}/server.pem;
    ssl_certificate_key {keys}/server-key.pem;
    location = /stub_status { stub_status; auth_basic "status"; auth_basic_user_file {folder}/users; }
}
"""


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], ValueError),
        ([HEAD + b"<html>Welcome</html>", b""], ValueError),
        ([b"HTTP/1.1 404 Not Found\r\n\r\n"], ValueError),
        ([b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere/\r\n\r\n"], ValueError),
        ([b"HTTP/1.1 500 Internal Server Error\r\n\r\n"], ValueError),
        ([b"HTTP/1.1 403 Forbidden\r\n\r\n"], DeniedError),
        ([b"HTTP/1.1 401 Unauthorized\r\n\r\n"], DeniedError),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nActive connections: 1"], TimeoutError),
        ([b"HTTP/1.1 200 OK\r\nX: "], TimeoutError),
        ([], TimeoutError),
        ([HEAD, *[b"x" * 65536] * (BYTES_MAX // 65536 + 2)], ValueError),
        ([b"x" * 65536] * 3, ValueError),
    ],
)
def test_what_is_not_a_healthy_nginx(start_stand_in, answer, error):
    server = start_stand_in(answer, closes=error is not TimeoutError)
    with pytest.raises(error):
        Check().read(server._replace(path="/stub_status", scheme="http"), Login(), 1.0)


def test_nobody_listens(free_port, tmp_path):
    for place in (Server("127.0.0.1", free_port(), "/", "http"), Server(f"{tmp_path}/no.sock", 0, "/", "http")):
        with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
            Check().read(place, Login(), 1.0)
    assert read_series(Check().page_when_down().decode()) == {"nginx_up": 0}


@pytest.mark.integration
def test_tls_and_a_login(start_server):
    server = start_server(LOCKED)
    (server.folder / "users").write_text("vigie:{PLAIN}sesame-1\n")
    place = {"scheme": "https", "name": "localhost", "ca_file": KEYS / "authority.pem"}
    for login in (Login(), Login("vigie", "wr0ng"), Login("nobody", "sesame-1")):
        with pytest.raises(DeniedError) as denied:
            server.page(login, **place)
        assert "sesame" not in str(denied.value)
        assert "wr0ng" not in str(denied.value)
    good = Login("vigie", "sesame-1")
    assert "nginx_up 1\n" in server.page(good, **place)
    for wrong in ({"name": "other.test"}, {"ca_file": None}, {"ca_file": KEYS / "stranger.pem"}):
        with pytest.raises(ssl.SSLError):
            server.page(good, **(place | wrong))
    with pytest.raises(ValueError, match="got 400"):
        server.page(good)  # plain HTTP to a port of HTTPS


@pytest.mark.integration
def test_a_virtual_host_is_chosen_by_its_name(start_server):
    server = start_server(
        "server { listen 127.0.0.1:{port} default_server; return 404; }"
        + PLAIN.replace("location", "server_name status.test; location")
    )
    with pytest.raises(ValueError, match="got 404"):
        server.page()
    assert "nginx_up 1\n" in server.page(name="status.test")


@pytest.mark.integration
def test_a_unix_socket(start_server):
    server = start_server(PLAIN + "server { listen unix:{folder}/s; location = /stub_status { stub_status; } }")
    assert "nginx_up 1\n" in server.page(host=f"{server.folder}/s", port=0)


def is_turned_away(server):
    try:
        server.page()
    except ConnectionError:
        return True
    return False


@pytest.mark.integration
def test_dropped_connections_are_told(start_server, wait_until):
    server = start_server(connections=16)
    with contextlib.ExitStack() as stack:

        def take_places():
            """Take 20 places; nginx closes one for the next while it has not read what begins here."""
            for _ in range(20):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
                with contextlib.suppress(ConnectionError):
                    client.sendall(b"GET / HTTP/1.1\r\n")

        wait_until(lambda: take_places() or is_turned_away(server), what="a connection that is dropped")
    series = read_series(server.page())
    assert series["nginx_connections_accepted"] > series["nginx_connections_handled"]


@pytest.mark.integration
def test_a_frozen_server_is_too_late_and_comes_back(start_server):
    server = start_server("server { listen 127.0.0.1:{port}; location = /stub_status { stub_status; } }")
    children = f"/proc/{server.process.pid}/task/{server.process.pid}/children"
    workers = [int(pid) for pid in Path(children).read_text().split()]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        server.page(timeout_seconds=0.3)
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    assert "nginx_up 1\n" in server.page()
