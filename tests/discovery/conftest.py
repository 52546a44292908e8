"""A real Consul to write to, and the bridge as its users run it."""

import json
import signal
import socket
import sys
from urllib.parse import quote

import pytest
import requests

from tests.fixtures.consul_agent import consul_agent
from tests.fixtures.running import Running
from vigie.core.builtin import builtin
from vigie.stack.servers import find


class Catalog:
    """Writes to a Consul: services of its own agent, and rows of the catalog for machines without one."""

    def __init__(self, url, token="", timeout_seconds=20):
        self.url, self.headers, self.timeout_seconds = url, {"X-Consul-Token": token}, timeout_seconds

    def put(self, path, body=None, **params):
        answer = requests.put(
            self.url + path, json=body, params=params, headers=self.headers, timeout=self.timeout_seconds
        )
        assert answer.ok, answer.text
        return answer

    def get(self, path, **params):
        return requests.get(self.url + path, params=params, headers=self.headers, timeout=20).json()

    def register(self, service, number=1, **record):
        body = {"Name": service, "ID": f"{service}-{number}", "Port": 8000 + number, "Tags": ["prometheus"], **record}
        self.put("/v1/agent/service/register", body)

    def deregister(self, service, number=1):
        self.put(f"/v1/agent/service/deregister/{service}-{number}")

    def maintain(self, service, number, reason):
        self.put(f"/v1/agent/service/maintenance/{service}-{number}", enable="true", reason=reason)

    def fleet(self, service, count, status="passing"):
        for number in range(count):
            self.row(service, number, status)

    def row(self, service, number, status="passing", node=None, node_address=None, **record):
        """Write one instance on a machine of its own, straight into the catalog."""
        name = f"{service}-{number}"
        node = node or f"node-{number}"
        self.put(
            "/v1/catalog/register",
            {
                "Node": node,
                "Address": node_address or f"10.0.0.{number + 1}",
                "Service": {"ID": name, "Service": service, "Port": 80, "Tags": ["prometheus"], **record},
                "Check": {"CheckID": f"c-{name}", "Name": "c", "ServiceID": name, "Status": status},
            },
        )

    def remove(self, service, number, node=None):
        body = {"Node": node or f"node-{number}", "ServiceID": f"{service}-{number}"}
        self.put("/v1/catalog/deregister", body)

    def remove_node(self, node):
        self.put("/v1/catalog/deregister", {"Node": node})

    def clean(self):
        """Take out everything but Consul itself."""
        for identifier in self.get("/v1/agent/services"):
            self.put(f"/v1/agent/service/deregister/{quote(identifier, safe='')}")
        own = self.get("/v1/agent/self")["Config"]["NodeName"]
        for node in self.get("/v1/catalog/nodes"):
            if node["Node"] != own:
                self.remove_node(node["Node"])


@pytest.fixture(scope="session")
def lasting_consul(tmp_path_factory):
    """A Consul for all tests that do it no harm: a start of its own would cost each of them seconds."""
    folder, ports = tmp_path_factory.mktemp("consul"), []
    for _ in range(3):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    settings = {
        "server": True,
        "bootstrap_expect": 1,
        "node_name": socket.gethostname(),
        "bind_addr": "127.0.0.1",
        "disable_update_check": True,
        "performance": {"raft_multiplier": 1},
        "ports": {"dns": -1, "serf_wan": -1, "http": ports[0], "server": ports[1], "serf_lan": ports[2]},
    }
    (folder / "consul.json").write_text(json.dumps(settings))
    command = [*consul_agent(), f"-data-dir={folder}/data", f"-config-file={folder}/consul.json"]
    running = Running(command, folder, ports[0], "/v1/status/leader")
    yield running.start()
    running.stop(signal.SIGKILL)


@pytest.fixture
def consul(lasting_consul):
    """A Consul that holds nothing but itself; not to be stopped, that is what `own_consul` is for."""
    Catalog(lasting_consul.url).clean()
    return lasting_consul


@pytest.fixture
def blackbox(start_program):
    """A real blackbox_exporter with the modules that come with vigie."""
    config = builtin("compose", "blackbox", "blackbox.yml").read_text()
    command = [find("blackbox_exporter").path, "--config.file={folder}/b.yml", "--web.listen-address=127.0.0.1:{port}"]
    return start_program(command, "/-/healthy", files={"b.yml": config})


@pytest.fixture
def own_consul(start_consul):
    """A Consul of this test alone."""
    running = start_consul()
    yield running
    running.stop(signal.SIGKILL)


@pytest.fixture
def catalog_at():
    """Return `catalog_at(url, token)`: the catalog of any Consul."""
    return Catalog


@pytest.fixture
def catalog(consul):
    """The catalog of this test's own Consul."""
    return Catalog(consul.url)


class Bridge:
    """A running `vigie discovery`, and what it says."""

    def __init__(self, running):
        self.running, self.url, self.folder = running, running.url, running.folder / "targets"

    def ids(self, job):
        """Return the service IDs in the job's file, or None while there is no file."""
        groups = self.groups(job)
        return None if groups is None else sorted(group["labels"]["__meta_consul_service_id"] for group in groups)

    def groups(self, job):
        path = self.folder / ("node.json" if job == "node" else f"app-{job}.json")
        return json.loads(path.read_bytes()) if path.exists() else None

    def metric(self, name):
        """Return the sum of the samples whose name and labels begin with `name`."""
        page = requests.get(self.url + "/metrics", timeout=20).text
        values = [float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(name)]
        return sum(values)

    def page(self, path):
        return requests.get(self.url + path, timeout=20)


@pytest.fixture
def start_bridge(start_program):
    """Return `start_bridge(consul_url, *flags)`: the bridge with short periods, whatever Consul does meanwhile."""

    def start_bridge(consul_url, *flags):
        periods = ["--consistency-probe-interval=300ms", "--read-interval=100ms", "--max-backoff=300ms"]
        command = [
            *(sys.executable, "-m", "vigie", "discovery", "--consul", consul_url, "--output", "{folder}/targets"),
            *(
                "--web.listen-address=127.0.0.1:{port}",
                "--write-interval=100ms",
                "--nodes-interval=300ms",
                "--settle-window=300ms",
                "--files-check-interval=300ms",
                "--config-check-interval=300ms",
                "--request-timeout=2",
            ),
            *periods,
            *flags,
        ]
        return Bridge(start_program(command, "/-/healthy"))

    return start_bridge


@pytest.fixture
def bridge(consul, start_bridge):
    """The bridge beside this test's Consul."""
    return start_bridge(consul.url)
