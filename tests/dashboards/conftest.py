"""The real chain that boards look at: `vigie up`, and around it what makes every panel show something.

| machine | what it is |
|---|---|
| this one | the stack itself: exporter, Consul, discovery, Prometheus with the shipped rules, Alertmanager |
| `web-1` | our exporter with collectors that are off until named, and containers as its golden page has them |
| `dead-1` | registered; nothing answers, and its Consul agent dies |
| `unscraped-1` | registered; Prometheus's relabelling drops it |

Containers are not real ones, since their daemon can't run everywhere.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
import yaml

from tests.fixtures.metrics_page import serving

VIGIE = [sys.executable, "-m", "vigie"]
GOLDEN = Path(__file__).parents[1] / "golden"
NO_ROUTES = "route: {receiver: none}\nreceivers: [{name: none}]\n"
OPTIONAL = ["--collector.processes_top", "--docker", "unix:///nowhere"]
# What an operator adds: alerts of a host, of a container and of what watches them, for the boards to show.
RULES = """
groups:
  - name: site
    interval: 10s
    rules:
      - {alert: AlwaysWarns, expr: "node_load1 >= 0", labels: {severity: warning}}
      - {alert: AlwaysPages, expr: "container_last_seen > 0", labels: {severity: critical}}
      - {alert: ConsulOrPrometheusWarns, expr: "vector(1)", labels: {severity: warning}}
      - {alert: SLOWarns, expr: "vector(1)", labels: {severity: warning}}
"""


class Chain(NamedTuple):
    """Where the chain's Prometheus answers."""

    prometheus: str

    def ask(self, expression):
        """Return the series of an expression at present, with their values."""
        answer = requests.post(f"{self.prometheus}/api/v1/query", {"query": expression}, timeout=30).json()
        assert answer["status"] == "success", (expression, answer)
        return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]

    def metrics(self):
        """Return the names of all metrics that there were."""
        return set(requests.get(f"{self.prometheus}/api/v1/label/__name__/values", timeout=30).json()["data"])


@pytest.fixture
def host_page(start_program):
    """Serve the page of our exporter and the golden page of containers together; return the port."""
    listening = ["--web.listen-address", "127.0.0.1:{port}", "--no-register"]
    exporter = start_program([*VIGIE, "exporter", *listening, *OPTIONAL], "/-/healthy")

    def answer(_path):
        live = requests.get(f"{exporter.url}/metrics", timeout=10).content
        return 200, live + (GOLDEN / "containers.prom").read_bytes()

    with serving(answer) as port:
        yield port


@pytest.fixture
def stack(tmp_path, port_offset):
    """Run `vigie up`; return a function from the default port of a program to where it answers."""
    folder, offset = tmp_path / "stack", port_offset
    command = [*VIGIE, "up", "--detach", "--dir", str(folder), "--port-offset", str(offset)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    yield folder, lambda port: f"http://127.0.0.1:{port + offset}"
    subprocess.run([*VIGIE, "down", "--dir", str(folder)], capture_output=True, timeout=120, check=True)


@pytest.fixture
def chain(stack, host_page, start_consul, start_alertmanager, free_port, wait_until):
    """Return the chain, as the table above has it."""
    folder, url = stack
    _register(url(8500), "web-1", host_page, label_env="prod", label_team="core", label_job="not-to-be-had")
    _register(url(8500), "unscraped-1", free_port())
    serf = url(8301).removeprefix("http://")
    agent = start_consul(node_name="dead-1", server=False, bootstrap_expect=0, retry_join=[serf])
    service = _service("dead-1", free_port())
    requests.put(f"{agent.url}/v1/agent/service/register", json=service, timeout=10).raise_for_status()

    (folder / "rules" / "site.yml").write_text(RULES)
    second = start_alertmanager(NO_ROUTES, f"--cluster.listen-address=127.0.0.1:{free_port()}")
    _extend(folder / "prometheus" / "prometheus.yml", second.url.removeprefix("http://"))
    requests.post(f"{url(9090)}/-/reload", timeout=10).raise_for_status()
    chain = Chain(url(9090))
    wait_until(lambda: chain.ask('up{instance="dead-1"}'), what="the dead host as a target")
    agent.stop(signal.SIGKILL)
    return chain


def _service(host, port, **meta):
    return {
        "Name": "vigie-exporter",
        "ID": f"vigie-exporter:{host}:{port}",
        "Address": "127.0.0.1",
        "Port": port,
        "Tags": ["prometheus"],
        "Meta": {"instance": host, "metrics_path": "/metrics", "scheme": "http", **meta},
    }


def _register(consul, host, port, **meta):
    """Register a host without an agent, as other tools do."""
    service = {("Service" if key == "Name" else key): value for key, value in _service(host, port, **meta).items()}
    entry = {"Node": host, "Address": "127.0.0.1", "Service": service}
    requests.put(f"{consul}/v1/catalog/register", data=json.dumps(entry), timeout=10).raise_for_status()


def _extend(path, alertmanager):
    """Drop one target by relabelling, and scrape a second Alertmanager."""
    configuration = yaml.safe_load(path.read_text())
    jobs = {job["job_name"]: job for job in configuration["scrape_configs"]}
    drop = {"action": "drop", "source_labels": ["instance"], "regex": "unscraped-.*"}
    for name, job in jobs.items():
        if "file_sd_configs" in job and "probe" not in name:
            job.setdefault("relabel_configs", []).append(drop)
    jobs["alertmanager"]["static_configs"][0]["targets"].append(alertmanager)
    path.write_text(yaml.safe_dump(configuration))
