"""Real Apache httpd: of the oldest and newest Debian that the mirror serves, and apache_exporter beside it."""

import contextlib
import http.client
import socket
import tempfile
from pathlib import Path

import pytest

from exporter.base.check import Login, Server
from integrations.apache.check import Check
from tests.fixtures.debian_suite import unpack
from tests.integrations.debian import unpack_first

KEYS = Path(__file__).parents[2] / "fixtures" / "tls"
COMMON = ("apache2-bin", "libcrypt1", "libexpat1", "libgcc-s1", "libuuid1", "zlib1g")
PACKAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "oldest": {
        "bullseye": (*COMMON, "libapr1", "libaprutil1", "libdb5.3", "libpcre3", "libssl1.1"),
        "bookworm": (*COMMON, "libapr1", "libaprutil1", "libdb5.3", "libpcre2-8-0", "libssl3"),
    },
    "newest": {
        "forky": (
            *COMMON, "libapr1t64", "libaprutil1t64", "libcap2", "libpcre2-8-0", "libssl3t64", "libsystemd0", "libzstd1",
        ),
    },
}  # fmt: skip
MODULES = (
    "authz_core", "authz_host", "authz_user", "auth_basic", "authn_core", "authn_file", "status", "socache_shmcb",
    "ssl", "proxy", "proxy_http", "proxy_balancer", "lbmethod_byrequests", "slotmem_shm", "headers",
)  # fmt: skip
CONFIGURATION = """
ServerRoot {folder}
ServerName localhost
DefaultRuntimeDir {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
DocumentRoot /
User nobody
Group nogroup
ServerLimit 2
ThreadLimit 5
ThreadsPerChild 5
MaxRequestWorkers 10
StartServers 1
{spare}
{modules}
"""
PAGE = '<Location "/server-status">\nSetHandler server-status\nRequire local\n</Location>\n'
PLAIN = "Listen 127.0.0.1:{port}\n" + PAGE


class RealServer:
    """An httpd on a free port; `get` is a client of our own, `page` the page of our check."""

    def __init__(self, process, port, folder):
        self.process, self.port, self.folder = process, port, folder
        self.check = Check()
        self.server = Server("127.0.0.1", port, "/server-status?auto", "http")

    def get(self, path="/", times=1):
        """Send requests on one connection; return the last answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = b""
        for _ in range(times):
            connection.request("GET", path)
            body = connection.getresponse().read()
        connection.close()
        return body.decode()

    def is_listening(self):
        """Return True; raise OSError where nobody listens yet."""
        socket.create_connection(("127.0.0.1", self.port), 10).close()
        return True

    def page(self, login=Login(), timeout_seconds=10.0, **place):  # noqa: B008 - a frozen value
        return self.check.read(self.server._replace(**place), login, timeout_seconds).decode()


@pytest.fixture(scope="module")
def open_folder():
    """Return `open_folder()`: a new folder that everybody may read; root's workers are nobody's, as httpd wants it."""
    with contextlib.ExitStack() as stack:

        def open_folder():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="apache-")))
            folder.chmod(0o755)
            return folder

        yield open_folder


@pytest.fixture(scope="module")
def start_server(open_folder, start_process, free_ports, wait_for_answer):
    """Return `start_server(more=PLAIN, age="newest", mpm="event")`: a real httpd, ended with the module.

    `{port}`, `{folder}` and `{keys}` are filled in.
    """

    def start_server(more=PLAIN, age="newest", mpm="event"):
        port, folder, suite = free_ports(), open_folder(), unpack_first(PACKAGES[age])
        place = suite.root / "usr/lib/apache2/modules"
        modules = "\n".join(f"LoadModule {name}_module {place}/mod_{name}.so" for name in (f"mpm_{mpm}", *MODULES))
        text = CONFIGURATION + more
        if mpm == "prefork":
            text = text.replace("ThreadLimit 5\nThreadsPerChild 5\n", "").replace("ServerLimit 2", "ServerLimit 10")
            text = text.replace("{spare}", "")
        spare = "MinSpareThreads 1\nMaxSpareThreads 10"
        for name, value in (("spare", spare), ("modules", modules), ("port", port), ("folder", folder), ("keys", KEYS)):
            text = text.replace(f"{{{name}}}", str(value))
        (folder / "httpd.conf").write_text(text)
        interpreter, *command = suite.command("usr/sbin/apache2")
        loader = [
            interpreter,
            "--preload",
            "libgcc_s.so.1",
        ]  # a worker is nobody's, who can't open it when a thread ends
        words = ["-D", "FOREGROUND", "-d", folder, "-f", folder / "httpd.conf"]
        server = RealServer(start_process([*loader, *command, *words], folder), port, folder)
        wait_for_answer(server.is_listening)
        return server

    return start_server


@pytest.fixture
def start_peer(start_program):
    """Return `start_peer(server)`: the address of a real apache_exporter that asks the server."""

    def start_peer(server):
        program = unpack("forky", "prometheus-apache-exporter").root / "usr/bin/prometheus-apache-exporter"
        address = f"--scrape_uri=http://127.0.0.1:{server.port}/server-status?auto"
        return start_program([program, "--web.listen-address=127.0.0.1:{port}", address], "/").url

    return start_peer
