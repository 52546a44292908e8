"""The whole chain on one machine: a host appears, leaves, dies and comes back, Consul goes away; at real periods."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest
import requests

pytestmark = pytest.mark.integration
VIGIE = [sys.executable, "-m", "vigie"]
HOST = "spot-7"


class Stack:
    """`vigie up --detach` in a folder and with ports of its own."""

    def __init__(self, folder, offset):
        self.folder, self.offset = folder, offset
        self.arguments = ["--dir", str(folder), "--port-offset", str(offset)]

    def url(self, port):
        return f"http://127.0.0.1:{port + self.offset}"

    def vigie(self, *arguments):
        return subprocess.run([*VIGIE, *arguments], capture_output=True, text=True, timeout=300, check=False).stdout

    def pid(self, name):
        programs = json.loads(self.vigie("status", "--dir", str(self.folder), "--json"))["programs"]
        return next(program["pid"] for program in programs if program["name"] == name)

    def in_file(self):
        """Return whether the second host is in the target file."""
        groups = json.loads((self.folder / "targets" / "node.json").read_text())
        return HOST in {group["labels"]["instance"] for group in groups}

    def query(self, expression):
        answer = requests.get(self.url(9090) + "/api/v1/query", {"query": expression}, timeout=10).json()
        return [float(row["value"][1]) for row in answer["data"]["result"]]

    def active_targets(self):
        answer = requests.get(self.url(9090) + "/api/v1/targets", {"state": "active"}, timeout=10).json()
        return {target["labels"]["instance"] for target in answer["data"]["activeTargets"]}

    def alerts(self, name):
        """Return the states in which the inbox got an alert of the second host."""
        received = requests.get(self.url(9112), timeout=10).json()
        return {alert["status"] for alert in received if (alert["alertname"], alert["host"]) == (name, HOST)}


@pytest.fixture
def stack(tmp_path, port_offset):
    stack = Stack(tmp_path / "stack", port_offset)
    stack.vigie("up", "--detach", *stack.arguments)
    yield stack
    stack.vigie("down", "--dir", str(stack.folder))


@pytest.fixture
def start_host(stack, start_consul, start_program):
    """Start a Consul agent of its own and an exporter that the supervisor does not own, as on another machine."""
    agent = start_consul(
        node_name=HOST, server=False, bootstrap_expect=0, retry_join=[f"127.0.0.1:{8301 + stack.offset}"]
    )

    def start_host():
        names = ["--host-name", HOST, "--consul-url", agent.url]
        return start_program([*VIGIE, "exporter", "--web.listen-address", "127.0.0.1:{port}", *names], "/-/healthy")

    return start_host


def test_a_host_appears_leaves_dies_and_comes_back(stack, start_host, wait_until):
    up = f'up{{job="node",instance="{HOST}"}}'

    first = start_host()
    wait_until(lambda: stack.query(up) == [1.0], 60, "the new host's first scrape")
    assert stack.query(f'node_load1{{host="{HOST}",dc="dc1"}}') != []

    began = time.monotonic()
    first.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not stack.in_file(), 5, "the announced leaving in the target file")
    wait_until(lambda: HOST not in stack.active_targets(), 15 - (time.monotonic() - began), "the leaving in Prometheus")
    assert first.process.wait(10) == 0

    restarted_at = time.time() - 1
    second = start_host()
    # The first one's `up` lives until Prometheus has marked it as stale, two scrapes after its target went.
    scraped = f'process_start_time_seconds{{job="node",instance="{HOST}"}} > {restarted_at}'
    wait_until(lambda: stack.query(scraped) != [], 60, "the host's return")
    assert stack.query(up) == [1.0]
    second.stop(signal.SIGKILL)
    wait_until(lambda: stack.query(up) == [0.0], 60, "up == 0 of the dead host")

    # Consul is frozen for two minutes meanwhile, as long as HostDown waits.
    consul = stack.pid("consul")
    os.kill(consul, signal.SIGSTOP)
    try:
        frozen_until = time.monotonic() + 120
        while time.monotonic() < frozen_until:
            assert stack.in_file()
            assert HOST in stack.active_targets()
            time.sleep(2)
    finally:
        os.kill(consul, signal.SIGCONT)
    wait_until(lambda: "firing" in stack.alerts("HostDown"), 90, "HostDown in the inbox")
    assert stack.in_file()
    assert stack.query(up) == [0.0]

    second.start()
    wait_until(lambda: stack.query(up) == [1.0], 90, "the dead host's return")


def test_a_consul_that_dies_again_and_again_loses_no_target(stack, wait_until):
    before = stack.active_targets()
    assert len(before) > 1
    # KILL, again and again: the supervisor brings it back with a growing pause, each time without its leader at first.
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(TypeError, ProcessLookupError):  # between two lives it has no pid
            os.kill(stack.pid("consul"), signal.SIGKILL)
        assert stack.active_targets() == before
        time.sleep(3)
    wait_until(lambda: stack.query('up{job="consul"}') == [1.0], 120, "Consul's return")
    assert stack.active_targets() == before
