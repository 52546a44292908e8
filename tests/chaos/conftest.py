"""Fixtures of the chaos tests: those of discovery's own tests, a cluster of three, a proxy that misbehaves."""

import importlib.util
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from vigie.stack.settings import Settings

TESTS = Path(__file__).parents[1]


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, TESTS / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_discovery = _module("discovery_fixtures", "discovery/conftest.py")
_proxy = _module("bench_proxy", "bench/proxy.py")
_pairs = _module("chaos_pairs", "chaos/pairs.py")
_faults = _module("chaos_faults", "chaos/faults.py")
start_bridge = _discovery.start_bridge
catalog_at = _discovery.catalog_at
consul = _discovery.consul
lasting_consul = _discovery.lasting_consul


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=2, help="how often chaos strikes in each test")
    parser.addoption("--minutes", type=float, help="how long the soak test idles, and the random fleet lives (60)")
    parser.addoption("--seed", type=int, help="of the random fleet, to repeat a run")


@pytest.fixture
def rounds(request):
    """Return how often chaos strikes."""
    return request.config.getoption("rounds", default=2)


@pytest.fixture
def minutes(request):
    """Return how long to idle."""
    return request.config.getoption("minutes", default=None) or 60


@pytest.fixture
def start_proxy():
    """Return `start_proxy(port, **settings)`: a proxy before a loopback port."""
    started = []

    def start_proxy(port, **settings):
        started.append(_proxy.Proxy(port, **settings))
        return started[-1]

    yield start_proxy
    for proxy in started:
        proxy.close()


class Cluster:
    """Three Consul servers; `catalog()` writes through one that has a leader."""

    def __init__(self, servers):
        self.servers = servers

    def urls(self):
        return ",".join(server.url for server in self.servers)

    def leader(self):
        """Return the server that leads, None while there is none."""
        for server in self.servers:
            try:
                answer = requests.get(server.url + "/v1/status/leader", timeout=2).json()
                own = requests.get(server.url + "/v1/agent/self", timeout=2).json()["Config"]["NodeName"]
            except requests.RequestException:
                continue
            if answer and own == self.by_rpc_port(answer).name:
                return server
        return None

    def by_rpc_port(self, address):
        port = int(address.rpartition(":")[2])
        return next(server for server in self.servers if server.rpc_port == port)

    def alive(self):
        """Return a server that answers with a leader, None while there is none."""
        for server in self.servers:
            if server.process.poll() is None:
                try:
                    if requests.get(server.url + "/v1/catalog/nodes", {"consistent": ""}, timeout=3).ok:
                        return server
                except requests.RequestException:
                    continue
        return None


@pytest.fixture
def cluster(start_consul, free_port, wait_until, catalog_at):
    """Three Consul servers with a leader."""
    serfs = [free_port() for _ in range(3)]
    join = [f"127.0.0.1:{port}" for port in serfs]
    rpcs = [free_port() for _ in range(3)]

    def start(number):
        server = start_consul(
            node_name=f"server-{number}",
            bootstrap_expect=3,
            retry_join=join,
            retry_interval="1s",
            ports={"serf_lan": serfs[number], "server": rpcs[number]},
        )
        server.name, server.rpc_port = f"server-{number}", rpcs[number]
        return server

    with ThreadPoolExecutor(3) as pool:  # each is ready only when all are there
        servers = list(pool.map(start, range(3)))
    catalog = catalog_at(servers[0].url)
    wait_until(
        lambda: sum(server["Voter"] for server in catalog.get("/v1/operator/raft/configuration")["Servers"]) == 3
    )
    yield Cluster(servers)
    for server in servers:
        server.stop(signal.SIGKILL)


@pytest.fixture
def start_pairs(tmp_path, port_offset, catalog_at, wait_until, free_port):
    """Return `start_pairs(shards=1)`: a running `vigie up --ha` that scrapes some applications, stopped at the end."""
    started = []

    def start_pairs(shards=1):
        settings = Settings(ha=True, shards=shards, port_offset=port_offset)
        started.append(_pairs.Pairs(tmp_path / "stack", settings, catalog_at, wait_until, free_port()))
        return started[-1].start()

    yield start_pairs
    for stack in started:
        stack.stop()


@pytest.fixture
def pairs(start_pairs):
    """A running `vigie up --ha` with one pair of Prometheus."""
    return start_pairs()


@pytest.fixture
def faults():
    """What can be done to `pairs`; each fault asserts that nothing was lost."""
    return _faults
