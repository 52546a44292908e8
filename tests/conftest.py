"""Fixtures for everybody: real Consul, Prometheus and Alertmanager on free loopback ports, ended by their pids.

    def test_something(consul, start_prometheus, wait_until):
        prometheus = start_prometheus("scrape_configs: [...]")
        wait_until(lambda: requests.get(prometheus.url + "/-/ready").ok)

Tests that use them carry `@pytest.mark.integration`. A server that can't be had fails the test; nothing is skipped.
With VIGIE_TEST_CONSUL, the path of a program, all of them run against that Consul, whatever else is installed.
"""

import atexit
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import requests
import structlog

from tests.fixtures.consul_agent import consul_agent
from tests.fixtures.running import Running, wait_for
from vigie.stack.layout import Layout
from vigie.stack.servers import find
from vigie.stack.settings import Settings


def pytest_addoption(parser):
    parser.addoption("--update-goldens", action="store_true", help="write tests/golden anew; read the diff")


def pytest_configure():
    # Programs that tests start ask no cloud, whatever machine the tests run on; a flag overrides it.
    os.environ["VIGIE_EXPORTER_CLOUD"] = "false"
    # Nor do commands of the tests find a stack that a developer runs in this folder.
    os.environ["VIGIE_UP_DIR"] = "/nonexistent"
    consul = os.environ.pop("VIGIE_TEST_CONSUL", None)  # no setting of ours, so no program of ours may see it
    if consul:
        os.environ["PATH"] = f"{folder_with_consul(Path(consul))}{os.pathsep}{os.environ['PATH']}"


def folder_with_consul(program):
    """Return a new folder that has `program` as `consul`, so that it is the first that is found on PATH."""
    if not os.access(program, os.X_OK):
        pytest.exit(f"VIGIE_TEST_CONSUL={program}: expected a program", 4)
    folder = Path(tempfile.mkdtemp(prefix="vigie-test-consul-"))
    (folder / "consul").symlink_to(program.resolve())
    atexit.register(shutil.rmtree, folder)
    return folder


def pytest_runtest_setup(item):
    if item.get_closest_marker("root") and os.geteuid() != 0:
        pytest.skip(f"needs root: {item.nodeid}")  # the name, or all of them would be one line of the summary


@pytest.fixture(autouse=True)
def _logging_as_it_comes():
    """Undo what a command that ran in this process has set up for its logs."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def wait_until():
    """Return `wait_until(condition, timeout_seconds=60, what="")`: polls until true, returns its value, else fails."""

    def wait_until(condition, timeout_seconds=60, what="the awaited state"):
        return wait_for(condition, timeout_seconds, lambda: f"{what} did not come in {timeout_seconds} s")

    return wait_until


# Tests run side by side, so each worker gives out ports of its own, below those that the kernel gives to clients.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw4").removeprefix("gw")) % 5
PORTS = itertools.cycle(range(18_000 + 2_900 * WORKER, 20_900 + 2_900 * WORKER))
OFFSETS = itertools.cycle(range(1_000 + 2_000 * WORKER, 2_000 + 2_000 * WORKER, 7))


def is_free(port):
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture(scope="session")
def free_port():
    """Return `free_port()`: a loopback port that nobody listens on, a different one at each call."""
    return lambda: next(filter(is_free, PORTS))


@pytest.fixture
def port_offset():
    """Return a `--port-offset` at which all of `vigie up` fits, with `--ha --shards 2` too."""

    def fits(offset):
        layout = Layout(Settings(port_offset=offset, ha=True, shards=2), None, {}, "")
        return all(is_free(port) for port in layout.ports().values())

    return next(filter(fits, OFFSETS))


@pytest.fixture
def start_program(tmp_path_factory, free_port):
    """Return `start_program(command, ready_path="/", port=None, files={})`: a Running, stopped after the test.

    `opener` (of urllib) asks for `ready_path` by HTTPS.
    `{port}` and `{folder}` are filled in, in `command` and in the texts of `files` (name to text, in its folder).
    """
    started = []

    def start_program(command, ready_path="/", port=None, files=None, working_folder=None, opener=None):
        folder = tmp_path_factory.mktemp(Path(str(command[0])).name)
        values = {"port": str(port or free_port()), "folder": str(folder)}
        for name, text in (files or {}).items():
            (folder / name).write_text(_filled(text, values))
        arguments = [_filled(str(part), values) for part in command]
        program = Running(arguments, folder, int(values["port"]), ready_path, working_folder, opener)
        started.append(program)
        return program.start()

    yield start_program
    for program in reversed(started):
        program.stop()


def _filled(text, values):
    return text.replace("{port}", values["port"]).replace("{folder}", values["folder"])


@pytest.fixture
def start_consul(start_program, free_port, wait_until):
    """Return `start_consul(**configuration)`: a single Consul server with a leader and a kept data folder.

    Keyword arguments are laid over the agent's configuration (`node_name=`, `datacenter=`, `acl=`, `ports=` …).
    Join a second one with `retry_join=[f"127.0.0.1:{first.serf_port}"]`, `server=False`, `bootstrap_expect=0`.
    """

    def start_consul(port=None, **configuration):
        serf = free_port()
        settings = {
            "server": True,
            "bootstrap_expect": 1,
            "node_name": socket.gethostname(),
            "bind_addr": "127.0.0.1",
            "client_addr": "127.0.0.1",
            "disable_update_check": True,
            "performance": {"raft_multiplier": 1},
            "telemetry": {"prometheus_retention_time": "60s", "disable_hostname": True},
            **configuration,
        }
        ports = {"dns": -1, "serf_wan": -1, "serf_lan": serf, "server": free_port(), **configuration.get("ports", {})}
        settings["ports"] = ports
        flags = ["-data-dir={folder}/data", "-config-file={folder}/consul.json", "-http-port={port}"]
        if not settings["bootstrap_expect"]:
            del settings["bootstrap_expect"]
        files = {"consul.json": json.dumps(settings)}
        running = start_program([*consul_agent(), *flags], "/v1/status/leader", port, files)
        running.serf_port = serf
        master = configuration.get("acl", {}).get("tokens", {}).get("master")
        if master:  # access control comes a moment after the leader
            url, headers = running.url + "/v1/acl/policies", {"X-Consul-Token": master}
            wait_until(lambda: requests.get(url, headers=headers, timeout=20).ok, what="access control")
        return running

    return start_consul


@pytest.fixture
def consul(start_consul):
    """Return a running Consul server of this test alone; `.url`, `.stop()`, `.start()` (keeps its data)."""
    return start_consul()


@pytest.fixture
def vigie(tmp_path):
    """Return `vigie(*arguments, **environment)`: the command in a process of its own, without settings of outside."""

    def vigie(*arguments, **environment):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
        return subprocess.run(
            [sys.executable, "-m", "vigie", *arguments],
            env=clean | {"HOME": str(tmp_path)} | environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return vigie


@pytest.fixture
def start_prometheus(start_program):
    """Return `start_prometheus(config_text, *flags, files={})`; `POST /-/reload` is on, the text is `prometheus.yml`.

    The configuration may use `{folder}` and `{port}`; rewrite `prometheus.folder / "prometheus.yml"` and reload.
    """

    def start_prometheus(config="scrape_configs: []\n", *flags, port=None, files=None, opener=None):
        command = [
            find("prometheus").path,
            "--config.file={folder}/prometheus.yml",
            "--storage.tsdb.path={folder}/data",
            "--web.listen-address=127.0.0.1:{port}",
            "--web.enable-lifecycle",
            *flags,
        ]
        return start_program(command, "/-/ready", port, {"prometheus.yml": config, **(files or {})}, opener=opener)

    return start_prometheus


@pytest.fixture
def start_alertmanager(start_program):
    """Return `start_alertmanager(config_text, *flags)`: without cluster; its folder has `alertmanager.yml`."""

    def start_alertmanager(
        config="route: {receiver: none}\nreceivers: [{name: none}]\n", *flags, port=None, files=None, opener=None
    ):
        server = find("alertmanager")
        command = [
            server.path,
            "--config.file={folder}/alertmanager.yml",
            "--storage.path={folder}/data",
            "--web.listen-address=127.0.0.1:{port}",
            *(() if any(flag.startswith("--cluster.") for flag in flags) else ("--cluster.listen-address=",)),
            *flags,
        ]
        files = {"alertmanager.yml": config, **(files or {})}
        return start_program(command, "/-/ready", port, files, server.working_folder, opener)

    return start_alertmanager
