"""Real nginx: of the oldest and newest Debian that the mirror serves, and nginx-prometheus-exporter beside it."""

import http.client
import socket
from pathlib import Path

import pytest

from exporter.base.check import Login, Server
from integrations.nginx.check import Check
from tests.fixtures.debian_suite import unpack
from tests.integrations.debian import unpack_first

KEYS = Path(__file__).parents[2] / "fixtures" / "tls"
PACKAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "oldest": {
        "bullseye": ("nginx-light", "libcrypt1", "libpcre3", "libssl1.1", "zlib1g"),
        "bookworm": ("nginx", "libcrypt1", "libpcre2-8-0", "libssl3", "zlib1g"),
    },
    "newest": {"forky": ("nginx", "libcrypt1", "libpcre2-8-0", "libssl3t64", "zlib1g", "libzstd1")},
}
CONFIGURATION = """
daemon off;
pid nginx.pid;
error_log error.log;
worker_processes 1;
user root;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {servers}
}}
"""
PLAIN = "server { listen 127.0.0.1:{port}; location = /stub_status { stub_status; } }"


class RealServer:
    """An nginx on a free port; `get` is a client of our own, `page` the page of our check."""

    def __init__(self, process, port, folder):
        self.process, self.port, self.folder = process, port, folder
        self.check = Check()
        self.server = Server("127.0.0.1", port, "/stub_status", "http")

    def get(self, path="/", times=1):
        """Send requests on one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        for _ in range(times):
            connection.request("GET", path)
            connection.getresponse().read()
        connection.close()

    def is_listening(self):
        """Return True; raise OSError where nobody listens yet."""
        socket.create_connection(("127.0.0.1", self.port), 10).close()
        return True

    def page(self, login=Login(), timeout_seconds=10.0, **place):  # noqa: B008 - a frozen value
        return self.check.read(self.server._replace(**place), login, timeout_seconds).decode()


@pytest.fixture(scope="module")
def start_server(start_process, free_ports, wait_for_answer, tmp_path_factory):
    """Return `start_server(servers=PLAIN, age="newest", connections=64)`: a real nginx, ended with the module.

    `{port}`, `{folder}` and `{keys}` are filled in.
    """

    def start_server(servers=PLAIN, age="newest", connections=64):
        port, folder = free_ports(), tmp_path_factory.mktemp("nginx")
        for name, value in (("port", port), ("folder", folder), ("keys", KEYS)):
            servers = servers.replace(f"{{{name}}}", str(value))
        folder.chmod(0o755)
        text = CONFIGURATION.format(connections=connections, servers=servers)
        (folder / "nginx.conf").write_text(text)
        command = unpack_first(PACKAGES[age]).command("usr/sbin/nginx")
        process = start_process([*command, "-p", folder, "-c", folder / "nginx.conf"], folder)
        server = RealServer(process, port, folder)
        wait_for_answer(server.is_listening)
        return server

    return start_server


@pytest.fixture
def start_peer(start_program):
    """Return `start_peer(server)`: the address of a real nginx-prometheus-exporter that asks the server."""

    def start_peer(server):
        program = unpack("forky", "prometheus-nginx-exporter").root / "usr/bin/prometheus-nginx-exporter"
        address = f"--nginx.scrape-uri=http://127.0.0.1:{server.port}/stub_status"
        return start_program([program, "--web.listen-address=127.0.0.1:{port}", address], "/").url

    return start_peer
