"""The real chain that doctors look at, quick and small, and the doctor in this process.

| host | what it is |
|---|---|
| this one | our exporter beside a real Consul, discovery, Prometheus, Alertmanager and inbox |
| the others | registered as other tools do; their pages come from one HTTP server of this process, by path |
"""

import contextlib
import json
import os
import socket
import sys
import time
from pathlib import Path

import pytest
import requests
import yaml
from click.testing import CliRunner

from tests.fixtures.metrics_page import serving
from vigie.doctor.command import doctor
from vigie.provision.command import provision
from vigie.stack.servers import find

VIGIE = [sys.executable, "-m", "vigie"]
GOLDEN = Path(__file__).parents[2] / "golden"
FAMILIES = ("cpu", "meminfo", "loadavg", "uname")
ACL = {"enabled": True, "default_policy": "allow"}
QUICK = ["--settle-window", "0.2", "--consistency-probe-interval", "1", "--max-backoff", "1"]
NOTHING_SHRINKS = [
    "--shrink-minimum",
    "0",
    "--shrink-job-share",
    "0",
    "--shrink-all-share",
    "0",
    "--shrink-window",
    "0.1",
]
PROMETHEUS = """
global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}
rule_files: ["{folder}/rules/*.yml"]
alerting: {alertmanagers: [{static_configs: [{targets: ["ALERTMANAGER"]}]}]}
scrape_configs:
  - job_name: hosts
    file_sd_configs: [{files: ["TARGETS/node.json"], refresh_interval: 1s}]
    relabel_configs: [{action: drop, source_labels: [instance], regex: dropped-1}]
"""


def page(offset_seconds=0.0, timestamp="", labels=""):
    """Return a small page of a host, whose clock is so far ahead."""
    texts = [(GOLDEN / f"{name}.prom").read_text() for name in FAMILIES]
    now = f"node_time_seconds{labels} {time.time() + offset_seconds:.3f}{timestamp}\n"
    return "".join([*texts, "# TYPE node_time_seconds gauge\n", now])


PAGES = {
    "/metrics": lambda: (200, page()),
    "/500": lambda: (500, "the disk is on fire\n"),
    "/401": lambda: (401, "no\n"),
    "/404": lambda: (404, "no such page\n"),
    "/garbage": lambda: (200, "<html>It works!</html>\n"),
    "/poor": lambda: (200, "some_metric 1\n"),
    "/clock": lambda: (200, page(offset_seconds=3600)),
    "/old": lambda: (200, page(timestamp=f" {1000 * (time.time() - 200):.0f}")),
    "/claims": lambda: (200, page(labels='{host="another"}')),
}


@pytest.fixture
def pages():
    """Serve the pages; return the port."""

    def answer(path):
        status, text = PAGES.get(path, PAGES["/404"])()
        return status, text.encode()

    with serving(answer) as port:
        yield port


@pytest.fixture
def swallowing():
    """Return a port whose connections are dropped as by a firewall: its queue is full and nobody takes from it."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def examine(monkeypatch):
    """Return `examine(environment, *arguments)`: what `vigie doctor … --json` says, and its exit code."""
    for name in [name for name in os.environ if name.startswith("VIGIE_")]:
        monkeypatch.delenv(name)

    def examine(environment, *arguments):
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, str(value))
            result = CliRunner().invoke(doctor, [*arguments, "--json"])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return json.loads(result.stdout), result.exit_code

    return examine


class Chain:
    """The servers of the chain, and what is done to them."""

    def __init__(self, **servers):
        self.__dict__.update(servers)

    @property
    def environment(self):
        """Return where the doctor finds them."""
        return {
            "VIGIE_CONSUL_URL": self.consul.url,
            "VIGIE_PROMETHEUS_URL": self.prometheus.url,
            "VIGIE_ALERTMANAGER_URL": self.alertmanager.url,
            "VIGIE_DISCOVERY_URL": self.discovery.url,
            "VIGIE_DOCTOR_TIMEOUT": "1",
        }

    def register(self, host, path="/metrics", port=None, **changes):
        """Register a host without an agent of its own."""
        service = {
            "Service": "vigie-exporter",
            "ID": f"vigie-exporter:{host}",
            "Address": "127.0.0.1",
            "Port": port or self.pages,
            "Tags": ["prometheus"],
            "Meta": {"instance": host, "metrics_path": path, "scheme": "http", **changes.pop("meta", {})},
        }
        check = {
            "CheckID": f"of-{host}",
            "Name": "alive",
            "ServiceID": service["ID"],
            "Status": "passing",
            "Output": "ok",
        }
        check |= changes.pop("check", {})
        node_address = changes.pop("node_address", "127.0.0.1")
        entry = {"Node": host, "Address": node_address, "Service": service | changes, "Check": check}
        requests.put(f"{self.consul.url}/v1/catalog/register", json=entry, timeout=10).raise_for_status()

    def deregister(self, host):
        entry = {"Node": host, "ServiceID": f"vigie-exporter:{host}"}
        requests.put(f"{self.consul.url}/v1/catalog/deregister", json=entry, timeout=10).raise_for_status()

    def node_file(self):
        return (self.discovery.folder / "targets" / "node.json").read_text()

    def reload(self, server):
        return requests.post(f"{server.url}/-/reload", timeout=10).ok

    @contextlib.contextmanager
    def changed(self, server, file, change):
        """Change a file of a server, reload it, and undo both."""
        path = server.folder / file
        before = path.read_text()
        path.write_text(change(before))
        self.reload(server)
        yield
        path.write_text(before)
        assert self.reload(server)

    @contextlib.contextmanager
    def without(self, server):
        """Stop a server, and start it again."""
        server.stop()
        yield
        server.start()

    def configure(self, edit):
        """Return a change of a YAML file, by a function that changes the document."""

        def change(text):
            document = yaml.safe_load(text)
            edit(document)
            return yaml.safe_dump(document)

        return change


@pytest.fixture
def chain(start_consul, start_program, start_prometheus, start_alertmanager, pages, free_port):
    """Return the running chain, provisioned."""
    consul = start_consul(acl=ACL)
    where = ["--consul-url", consul.url]
    listening = ["--web.listen-address", "127.0.0.1:{port}", "--no-autodiscovery"]
    exporter = start_program([*VIGIE, "exporter", *listening, *where, "--label", "team=core"], "/-/healthy")
    flags = [
        *where,
        "--output",
        "{folder}/targets",
        "--web.listen-address",
        "127.0.0.1:{port}",
        *QUICK,
        *NOTHING_SHRINKS,
    ]
    discovery = start_program([*VIGIE, "discovery", *flags], "/metrics")
    inbox = start_program([*VIGIE, "inbox", "--web.listen-address", "127.0.0.1:{port}"], "/-/healthy")
    alertmanager = start_alertmanager()
    text = PROMETHEUS.replace("ALERTMANAGER", f"127.0.0.1:{alertmanager.port}")
    prometheus = start_prometheus(text.replace("TARGETS", str(discovery.folder / "targets")))
    (prometheus.folder / "rules").mkdir()
    chain = Chain(
        consul=consul,
        exporter=exporter,
        discovery=discovery,
        inbox=inbox,
        alertmanager=alertmanager,
        prometheus=prometheus,
        pages=pages,
        host=socket.gethostname(),
        start_program=start_program,
        where=where,
        free_port=free_port,
    )  # fmt: skip - one line a server would be a page
    deliver(chain)
    return chain


def deliver(chain):
    """Deliver rules and routes in this process, which fetches nothing by itself."""
    for tool in ("promtool", "amtool"):
        find(tool)
    arguments = [
        *("apply", "--local", "--rules-dir", str(chain.prometheus.folder / "rules")),
        *("--prometheus-url", chain.prometheus.url, "--alertmanager-url", chain.alertmanager.url),
        *("--alertmanager-config", str(chain.alertmanager.folder / "alertmanager.yml")),
        *("--inbox-url", f"{chain.inbox.url}/"),
    ]
    result = CliRunner().invoke(provision, arguments)
    assert result.exit_code == 0, (result.output, result.exception)
