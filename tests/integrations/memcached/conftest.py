"""Real memcached: of the oldest and of the newest Debian that the mirror serves."""

import socket

import pytest

from exporter.base.check import Login, Server
from integrations.memcached.check import Check
from tests.integrations.debian import unpack_first

PACKAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "oldest": {
        "bullseye": ("memcached", "libevent-2.1-7", "libsasl2-2", "libssl1.1"),
        "bookworm": ("memcached", "libevent-2.1-7", "libsasl2-2", "libssl3"),
    },
    "newest": {
        "forky": (
            "memcached", "libevent-2.1-7t64", "liblua5.4-0", "libsasl2-2", "libssl3t64", "libzstd1", "zlib1g",
        ),
    },
}  # fmt: skip
CLASSES = {"small": b"x" * 10, "large": b"x" * 5000}


class RealServer:
    """A memcached on a free port; `ask` is a client of our own, `page` the page of our check."""

    def __init__(self, process, port):
        self.process, self.port = process, port
        self.check = Check()

    def connect(self):
        """Return a new connection."""
        return socket.create_connection(("127.0.0.1", self.port), 10)

    def is_listening(self):
        """Return True; raise OSError where nobody listens yet."""
        self.connect().close()
        return True

    def ask(self, *commands):
        """Return the lines of the answers to commands on one connection, up to the line that ends each."""
        with self.connect() as connection, connection.makefile("rwb") as stream:
            return [list(self._answer(stream, command)) for command in commands]

    @staticmethod
    def _answer(stream, command):
        stream.write(command.encode() + b"\r\n")
        stream.flush()
        while line := stream.readline().decode().rstrip("\r\n"):
            yield line
            if not line.startswith(("STAT ", "VALUE ", "x")):
                return

    def stats(self, group=""):
        """Return the numbers of a group of `stats` by name."""
        (lines,) = self.ask(f"stats {group}".rstrip())
        return dict(line.split(" ", 2)[1:] for line in lines[:-1])

    def page(self, login=Login(), timeout_seconds=10.0):  # noqa: B008 - a frozen value
        return self.check.read(Server("127.0.0.1", self.port), login, timeout_seconds).decode()


@pytest.fixture(scope="module")
def start_server(start_process, free_ports, wait_for_answer):
    """Return `start_server(*options, age="newest")`: a real server, ended with the module."""

    def start_server(*options, age="newest"):
        suite, port = unpack_first(PACKAGES[age]), free_ports()
        place = ["-l", "127.0.0.1", "-p", port, "-u", "root"]
        server = RealServer(start_process([*suite.command("usr/bin/memcached"), *place, *options]), port)
        wait_for_answer(server.is_listening)
        return server

    return start_server


def use(server):
    """Have something of everything happen to a server."""
    for key, text in CLASSES.items():
        server.ask(f"set {key} 0 0 {len(text)}\r\n{text.decode()}", f"get {key}", f"gets {key}", "get nothing")
    server.ask("set number 0 0 1\r\n7", "incr number 2", "decr number 1", "incr nothing 1", "touch number 100")
    token = server.ask("gets number")[0][0].split()[-1]
    server.ask(f"cas number 0 0 1 {token}\r\n8", f"cas number 0 0 1 {token}\r\n9", "cas nothing 0 0 1 1\r\n9")
    server.ask("delete number", "delete nothing", f"set huge 0 0 {2 << 20}\r\n{'x' * (2 << 20)}")


@pytest.fixture(scope="module", params=["oldest", "newest"])
def used_server(request, start_server, tmp_path_factory):
    """Return a server of each age that has been used, with a part of its items on disk."""
    folder = tmp_path_factory.mktemp("items")
    server = start_server("-m", 64, "-o", f"ext_path={folder / 'items'}:64m", age=request.param)
    use(server)
    return server
