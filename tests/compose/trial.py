"""`docker compose up` for real, with images made here under the same names; `make compose-trial`, as root.

Tried are the files' own commands, users, secrets, volumes, limits, health checks and order of starting. What stands in,
where no image can be had: each image is busybox with a link to Debian's program (Consul 1.8, Prometheus 2.42,
Alertmanager 0.25), which it sees with its libraries as read-only mounts; vigie is this checkout. Names are found by
/etc/hosts, not by Docker's DNS, which needs iptables. Not tried: Traefik, Grafana, PostgreSQL.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.compose.compose_files import FOLDER, VALUES, resolved
from tests.fixtures.docker import daemon as docker
from vigie.core.builtin import ROOT
from vigie.stack.consul_acl.command import consul_acl
from vigie.stack.rendering.command import render
from vigie.stack.servers import find

pytestmark = [pytest.mark.integration, pytest.mark.root]
NODE = "machine-1"
UNTRIED = {"traefik", "grafana", "postgres", "provision-grafana", "drift-1"}
# Flags that Consul 1.8 and Alertmanager 0.25 don't know.
UNKNOWN = ("-grpc-tls-port", "--dispatch.start-delay")
APPLETS = ("cp", "cat", "grep", "sleep", "true")
# The static busybox's own looks up names by libraries that it was not made with.
WGET = """#!{python}
import sys, urllib.request
with urllib.request.urlopen(sys.argv[-1], timeout=3) as answer:
    print("" if "/dev/null" in sys.argv else answer.read().decode())
"""
SERVERS = {
    "hashicorp/consul": ("consul", "consul"),
    "prom/prometheus": ("prometheus", "prometheus"),
    "prom/alertmanager": ("alertmanager", "alertmanager"),
    "prom/blackbox-exporter": ("blackbox_exporter", "blackbox_exporter"),
    "victoriametrics/victoria-metrics": ("victoria-metrics", "victoria-metrics-prod"),
}
# Folders that the images have, with the owners that new volumes take from them.
OWNED = {
    "hashicorp/consul": {"consul/data": 100},
    "prom/prometheus": {"prometheus": 65534},
    "prom/alertmanager": {"alertmanager": 65534},
    "vigie-server": dict.fromkeys(
        ["var/lib/vigie/targets", "var/lib/vigie/backups", "etc/prometheus/rules", "etc/alertmanager", "storage"], 10001
    ),
}


def mounts():
    """What the programs need of this machine, each at its own place."""
    folders = {sys.base_prefix, str(ROOT), "/usr", "/lib", "/lib64", "/etc/ssl"}
    folders |= {str(path.resolve().parent) for path in (find(name).path for name, _ in SERVERS.values())}
    folders |= {str(find(name).path.parent) for name in ("promtool", "amtool")}
    folders.add(str(find("alertmanager").working_folder))
    return [f"{folder}:{folder}:ro" for folder in sorted(folders)]


def image(name):
    """Return the stand-in of an image as a tar, and the changes that give it an entrypoint and a PATH."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        _folders(tar, {"bin": 0, "tmp": 0, **OWNED.get(name, {})})
        tar.add(find("busybox").path, "bin/busybox")
        wget = tarfile.TarInfo("bin/wget")
        text = WGET.format(python=ROOT / ".venv" / "bin" / "python").encode()
        wget.mode, wget.size = 0o755, len(text)
        tar.addfile(wget, io.BytesIO(text))
        for applet in APPLETS:
            _link(tar, f"bin/{applet}", "busybox")
        _link(tar, "bin/sh", "/usr/bin/dash")
        if name in SERVERS:
            server, program = SERVERS[name]
            _link(tar, f"bin/{program}", str(find(server).path))
            entrypoint = program
        else:
            entrypoint = "vigie"
    tools = ":".join(str(find(tool).path.parent) for tool in ("promtool", "amtool"))
    changes = [f"ENV PATH=/bin:{ROOT}/.venv/bin:{tools}", f'ENTRYPOINT ["{entrypoint}"]']
    if name == "prom/alertmanager":
        changes.append(f"WORKDIR {find('alertmanager').working_folder}")
    return data.getvalue(), changes


def _folders(tar, owners):
    """Add folders with their parents, which Docker would otherwise close to everybody but root."""
    parents = {str(parent): 0 for path in owners for parent in Path(path).parents if str(parent) != "."}
    for path, owner in sorted((parents | owners).items()):
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, 0o755, owner, owner
        tar.addfile(entry)


def _link(tar, name, target):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    tar.addfile(entry)


class Trial:
    """The trial's files in a folder of their own, and docker compose on them."""

    def __init__(self, daemon, folder):
        self.daemon, self.folder = daemon, folder
        shutil.copytree(FOLDER, folder)
        for name in ("site", "consul.d"):
            (folder / name).mkdir(exist_ok=True)
        for command, arguments in (
            (consul_acl, ["init", str(folder / "secrets"), "--host", NODE]),
            (render, ["trial", str(folder / "rendered"), "--node-name", NODE]),
        ):
            assert CliRunner().invoke(command, arguments, catch_exceptions=False).exit_code == 0
        self.values = VALUES | {"VIGIE_RENDER_NODE_NAME": NODE}
        self.services = resolved("compose.yaml", folder=folder, values=self.values)["services"]
        (folder / "override.yaml").write_text(yaml.safe_dump(self.override()))

    def tried(self):
        return sorted(set(self.services) - UNTRIED)

    def override(self):
        """What is not the files' own: mounts of programs, addresses, and flags that the older programs lack."""
        attached = [name for name in self.tried() if "vigie" in (self.services[name].get("networks") or {})]
        addresses = {name: f"172.31.250.{20 + number}" for number, name in enumerate(attached)}
        addresses["consul-agent"] = "172.31.250.10"
        changes = {}
        for name in self.tried():
            override = {"volumes": mounts(), "extra_hosts": [f"{host}:{ip}" for host, ip in addresses.items()]}
            if name in addresses:
                override["networks"] = {"vigie": {"ipv4_address": addresses[name]}}
            else:
                del override["extra_hosts"]
            if words := self.services[name].get("command"):
                override["command"] = [word for word in words if not word.startswith(UNKNOWN)]
            changes[name] = override
        # `rslave` takes a mount that is shared, as systemd makes them; a sandbox has none.
        changes["exporter"]["volumes"] += [f"{self.daemon.socket}:/var/run/docker.sock:ro", "/:/host:ro"]
        return {"services": changes}

    def load_images(self):
        for reference in {self.services[name]["image"] for name in self.tried()}:
            name, _, tag = reference.rpartition(":")
            tar, changes = image(name)
            query = "&".join(f"changes={docker.quote(change)}" for change in changes)
            path = f"/images/create?fromSrc=-&repo={docker.quote(name)}&tag={tag}&{query}"
            self.daemon.call("POST", path, tar, "application/x-tar")

    def compose(self, *arguments):
        files = ["--file", self.folder / "compose.yaml", "--file", self.folder / "override.yaml"]
        command = [find("docker-compose").path, *files, *arguments]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DOCKER_HOST": self.daemon.url}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment | self.values, timeout=500
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def states(self):
        """Return {service: (state, health, exit code)} of all containers."""
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        return {
            state["Service"]: (state["State"], state["Health"], state["ExitCode"]) for state in map(json.loads, lines)
        }

    def query(self, service, expression):
        """Return what a Prometheus or the store answers, asked from within the network."""
        port = 8428 if service == "victoria-metrics" else 9090
        url = f"http://127.0.0.1:{port}/api/v1/query?query={docker.quote(expression)}"
        text = self.compose("exec", "-T", service, "wget", "-q", "-O", "-", url)
        return [(series["metric"], float(series["value"][1])) for series in json.loads(text)["data"]["result"]]


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    with docker.running(tmp_path_factory.mktemp("d")) as daemon:
        trial = Trial(daemon, tmp_path_factory.mktemp("trial") / "compose")
        trial.load_images()
        trial.compose("up", "--detach", "--no-build", *trial.tried())
        yield trial
        trial.compose("down", "--volumes", "--timeout", "5")


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result is True:
            return
        assert time.monotonic() < end, result
        time.sleep(1)


def test_every_service_is_healthy_or_has_done_its_work(trial):
    def unwell():
        states = trial.states()
        bad = {
            name: state for name, state in states.items() if state not in {("running", "healthy", 0), ("exited", "", 0)}
        }
        return (not bad and set(states) == set(trial.tried())) or bad

    until(unwell)


def test_this_host_is_scraped_by_both_and_kept_once(trial):
    def unseen():
        samples = {name: trial.query(name, 'up{job="node"}') for name in ("prometheus-1", "prometheus-2")}
        is_scraped = all(
            [(labels["instance"], value) for labels, value in ups] == [(NODE, 1.0)] for ups in samples.values()
        )
        return is_scraped or samples

    until(unseen)
    until(lambda: [value for _, value in trial.query("prometheus-1", 'sum(up{job="consul"})')] == [3.0] or "Consul")
    until(lambda: len(trial.query("victoria-metrics", 'up{job="node"}')) == 1 or "the store")
    assert trial.query("prometheus-2", "count(ALERTS) or vector(0)")
    assert [value > 100 for _, value in trial.query("prometheus-1", "sum(prometheus_rule_group_rules)")] == [True]
