"""The servers of the discovery benchmark, and the bridge behind a counting proxy."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests
from proxy import Proxy

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fixtures.consul_agent import consul_agent
from vigie.stack.servers import find

WAIT_SECONDS = 180
TRANSACTION_MAX = 60  # Consul takes 64 operations in one
CONFIGURATION = """
global: {{scrape_interval: 24h, scrape_timeout: 5s}}
scrape_configs:
- job_name: all
  file_sd_configs: [{{files: ['{folder}/*.json']}}]
- job_name: probe
  file_sd_configs: [{{files: ['{folder}/*.json']}}]
  relabel_configs:
  - {{source_labels: [__meta_consul_service_id], regex: 'probe-.*', action: keep}}
  - {{source_labels: [__meta_consul_service_id], target_label: id}}
  - {{source_labels: [__meta_consul_health], target_label: health}}
"""


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def record(identifier, number, service):
    return {
        "ID": identifier,
        "Service": service,
        "Tags": ["prometheus", "team-core"],
        "Port": 20000 + number,
        "Meta": {"metrics_path": "/metrics", "label_team": "core", "release": f"r{number % 7}"},
    }


def fleet_group(number, identifier=None, health="passing"):
    """Return a group as the floor's file has it: what `consul_sd` would tell."""
    port = 20000 + number % 40000 if identifier is None else 60000 + int(identifier.rpartition("-")[2])
    labels = {
        "__meta_consul_service": f"svc-{number % 10}",
        "__meta_consul_service_id": identifier or f"svc-{number}",
        "__meta_consul_health": health,
        "__meta_consul_tags": ",prometheus,team-core,",
        "__meta_consul_service_metadata_release": f"r{number % 7}",
    }
    return {"targets": [f"10.{number // 60000}.{number // 250 % 250}.{number % 250 + 1}:{port}"], "labels": labels}


class Servers:
    """A Consul, and whatever is started beside it; all ends with the context."""

    def __init__(self, folder):
        self.folder, self.by_hand = folder, folder / "by-hand"
        self.by_hand.mkdir()
        self._programs, self._proxies = [], []

    def __enter__(self):
        self.port = free_port()
        ports = {"dns": -1, "serf_wan": -1, "serf_lan": free_port(), "server": free_port(), "http": self.port}
        settings = {
            "server": True,
            "bootstrap_expect": 1,
            "node_name": "bench",
            "bind_addr": "127.0.0.1",
            "ports": ports,
            "disable_update_check": True,
            "performance": {"raft_multiplier": 1},
        }
        (self.folder / "consul.json").write_text(json.dumps(settings))
        self.consul = f"http://127.0.0.1:{self.port}"
        self.start(
            "consul",
            *consul_agent(),
            f"-data-dir={self.folder}/data",
            f"-config-file={self.folder}/consul.json",
        )
        wait(lambda: requests.get(self.consul + "/v1/status/leader", timeout=5).json())
        return self

    def __exit__(self, *_):
        for program in reversed(self._programs):
            program.terminate()
            try:
                program.wait(20)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
        for proxy in self._proxies:
            proxy.close()

    def start(self, name, *command):
        with (self.folder / f"{name}.log").open("ab") as log:
            program = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
        self._programs.append(program)
        return program

    def put(self, path, body):
        answer = requests.put(self.consul + path, json=body, timeout=60)
        answer.raise_for_status()

    def load(self, size, services):
        """Register `size` instances, ten on each machine, of so many services."""
        operations = []
        for number in range(size):
            node = f"node-{number // 10}"
            if number % 10 == 0:
                address = f"10.0.{number // 2500}.{number // 10 % 250 + 1}"
                operations.append({"Node": {"Verb": "set", "Node": {"Node": node, "Address": address}}})
            identifier = f"svc-{number}"
            service = record(identifier, number, f"svc-{number % services}")
            check = {"Node": node, "CheckID": f"c-{identifier}", "Name": "c", "ServiceID": identifier}
            operations.append({"Service": {"Verb": "set", "Node": node, "Service": service}})
            operations.append({"Check": {"Verb": "set", "Check": {**check, "Status": "passing"}}})
            if len(operations) >= TRANSACTION_MAX or number == size - 1:
                self.put("/v1/txn", operations)
                operations = []

    def change(self, kind, identifier):
        """Register an instance, let it fail, or deregister it."""
        if kind == "remove":
            self.put("/v1/catalog/deregister", {"Node": "node-0", "ServiceID": identifier})
            return
        number = 40001 + int(identifier.rpartition("-")[2])
        status = "passing" if kind == "add" else "critical"
        body = {"Node": "node-0", "Address": "10.0.0.1", "SkipNodeUpdate": True}
        check = {"CheckID": f"c-{identifier}", "Name": "c", "ServiceID": identifier, "Status": status}
        service = {"Service": record(identifier, number, "svc-0")} if kind == "add" else {}
        self.put("/v1/catalog/register", {**body, **service, "Check": {**check, "Node": "node-0"}})

    def start_bridge(self, name="targets"):
        """Start a bridge behind a counting proxy, with its own defaults and a folder of that name."""
        proxy = Proxy(self.port)
        self._proxies.append(proxy)
        output = self.folder / name
        command = (sys.executable, "-m", "vigie", "discovery", "--consul", proxy.url, "--output", output)
        program = self.start(f"bridge-{name}", *command, f"--web.listen-address=127.0.0.1:{free_port()}")
        return Measured(program, proxy, output)

    def start_prometheus(self, folder):
        """Start a Prometheus that reads a folder and scrapes nothing."""
        port, name = free_port(), f"prometheus-{folder.name}"
        (self.folder / f"{name}.yml").write_text(CONFIGURATION.format(folder=folder))
        data = self.folder / f"{name}.data"
        command = (find("prometheus").path, f"--config.file={self.folder}/{name}.yml", f"--storage.tsdb.path={data}")
        self.start(name, *command, f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn")
        return Prometheus(f"http://127.0.0.1:{port}")


class Measured:
    """The running bridge: its files, its bytes, its CPU and memory."""

    def __init__(self, program, proxy, output):
        self.program, self.proxy, self.output, self._pid = program, proxy, output, program.pid

    def kib(self):
        return (self.proxy.down_bytes + self.proxy.up_bytes) / 1024

    def cpu_seconds(self):
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self):
        lines = Path(f"/proc/{self._pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def count(self):
        return sum(path.read_text().count('"targets"') for path in self.output.glob("*.json"))

    def wait_for(self, size):
        wait(lambda: self.count() >= size)

    def wait_for_files(self, count):
        """Wait until there are so many files: with thousands their content takes too long to read each time."""
        wait(lambda: sum(1 for _ in self.output.glob("*.json")) >= count, 0.5)

    def port_seconds(self, since, service, port):
        """Return how long after `since` the file with this port was renamed."""
        path = self.output / f"app-{service}.json"

        def shows():
            addresses = [address for group in json.loads(path.read_bytes()) for address in group["targets"]]
            return any(address.endswith(f":{port}") for address in addresses) and path.stat().st_mtime

        return max(0.0, wait(shows, 0.02) - since)

    def file_seconds(self, since, identifier, health):
        """Return how long after `since` the file with this instance's health was renamed."""
        path = self.output / "app-svc-0.json"

        def shows():
            groups = json.loads(path.read_bytes())
            all_labels = [group["labels"] for group in groups]
            healths = {labels["__meta_consul_service_id"]: labels["__meta_consul_health"] for labels in all_labels}
            return healths.get(identifier) == health and path.stat().st_mtime

        return max(0.0, wait(shows, 0.01) - since)


class Prometheus:
    """A Prometheus, and what it scrapes."""

    def __init__(self, url):
        self._url = url

    def _targets(self, pool):
        query = {"state": "active", "scrapePool": pool}
        answer = requests.get(self._url + "/api/v1/targets", query, timeout=60).json()
        # 2.42 does not know the parameter.
        return [target for target in answer["data"]["activeTargets"] if target["scrapePool"] == pool]

    def wait_for(self, size):
        wait(lambda: len(self._targets("all")) >= size)

    def health(self, identifier):
        healths = {target["labels"]["id"]: target["labels"]["health"] for target in self._targets("probe")}
        return healths.get(identifier)


def wait(condition, pause_seconds=0.1):
    """Return the first true value of `condition`; errors of servers that only start don't count."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            value = condition()
        except (requests.RequestException, OSError, ValueError):
            value = None
        if value:
            return value
        time.sleep(pause_seconds)
    raise SystemExit(f"nothing came in {WAIT_SECONDS} s")
