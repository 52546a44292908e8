"""Real Docker daemons, the oldest and the newest that Debian's mirrors have; they need root."""

import contextlib
import json
import re

import pytest
import requests

from tests.conftest import PORTS, is_free
from tests.fixtures.docker import daemon as docker
from vigie.core.builtin import builtin
from vigie.core.settings import load
from vigie.stack import packages
from vigie.stack.servers import cache_of
from vigie.stack.settings import Settings

SUITES = {"20.10": "bookworm", "28.5": "forky"}
SETUP = builtin("integrations", "docker", "setup.md").read_text()
(CONFIGURATION,) = re.findall(r"```json\n(.*?)```", SETUP, re.DOTALL)
CHECK = {"Interval": 300_000_000, "Timeout": 1_000_000_000, "Retries": 1}


def find_dockerd(suite):
    """Return the daemon's program of a suite, fetched once."""
    cache = cache_of(load("up", Settings, {}))
    root = cache.root("docker.io", suite)
    if not root.exists():
        with packages.lock(cache):
            packages.fetch(cache, "docker.io", suite, lambda _: None)
    return root / "usr/sbin/dockerd"


@contextlib.contextmanager
def run_daemon(folder, version, configuration=CONFIGURATION):
    """Run a daemon by `setup.md`'s configuration at a free port, which the yielded daemon has as `port`."""
    port = next(filter(is_free, PORTS))
    file = folder / "daemon.json"
    file.write_text(json.dumps(json.loads(configuration.replace("10.0.0.5:9323", f"127.0.0.1:{port}"))))
    program = find_dockerd(SUITES[version])
    options = [f"--config-file={file}"]
    with docker.running(folder, own_network=False, options=options, program=program) as daemon:
        daemon.port = port
        yield daemon


def read_page(daemon):
    return requests.get(f"http://127.0.0.1:{daemon.port}/metrics", timeout=10).text


@pytest.fixture(scope="module")
def daemons(tmp_path_factory):
    """Return the daemons by version; each has run containers, and a health check that can't be run."""
    with contextlib.ExitStack() as stack:
        daemons = {}
        for version in SUITES:
            folder = tmp_path_factory.mktemp(f"docker{version}")
            daemon = stack.enter_context(run_daemon(folder, version))
            daemon.start("well", ["sleep", "1000"], healthcheck={"Test": ["CMD", "true"], **CHECK}, NetworkMode="none")
            daemon.start("sick", ["sleep", "1000"], healthcheck={"Test": ["CMD", "false"], **CHECK}, NetworkMode="none")
            daemons[version] = daemon
        yield daemons
