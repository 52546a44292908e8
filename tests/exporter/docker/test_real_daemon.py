"""The client, the inventory and the collector against a real container daemon, and beside the real cAdvisor."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from exporter.base.supplies import Supplies
from exporter.collectors.containers import Containers
from exporter.docker.client import Client
from exporter.docker.inventory import Inventory
from tests.fixtures.docker import daemon as docker

from .cadvisor import cadvisor_page

pytestmark = [pytest.mark.integration, pytest.mark.root]
SAMPLE = re.compile(r"^(container_\w+|machine_\w+)(\{.*\})? (\S+)", re.MULTILINE)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with docker.running(tmp_path_factory.mktemp("docker")) as engine:
        yield engine


@pytest.fixture
def inventory(daemon):
    inventory = Inventory(Client(daemon.url, 2), ping_interval_seconds=1, retry_backoff_seconds=0.5)
    inventory.start()
    until(inventory, lambda snapshot: snapshot.is_connected)
    yield inventory
    inventory.close()
    for left in daemon.call("GET", "/containers/json?all=1"):
        daemon.remove(left["Id"])


@pytest.fixture
def collector(inventory):
    collector = Supplies(inventory).make(Containers, Containers.options_type(processes_interval=0.01))
    yield collector
    collector.close()


def until(inventory, holds):
    end = time.monotonic() + 60
    snapshot = inventory.snapshot()
    while not holds(snapshot):
        assert time.monotonic() < end, snapshot
        snapshot = inventory.wait(snapshot.generation, 1)
    return snapshot


def series(page):
    """Return {(family, labels): value} of what is told of containers and the machine; an empty label is absent."""
    by_series = {}
    for name, labels, value in SAMPLE.findall(page):
        by_series[name, frozenset(pair for pair in LABEL.findall(labels) if pair[1])] = float(value)
    return by_series


def of(page, container_id):
    return {name for name, labels in series(page) if ("id", dict(labels).get("id", "")) in labels
            and dict(labels)["id"].endswith(container_id)}  # fmt: skip


def test_a_container_s_life(daemon, inventory):
    container_id = daemon.start("life", ["sh", "-c", "sleep 1000"], labels={"team": "core"}, environment=["SECRET=x"])
    snapshot = until(
        inventory, lambda snapshot: container_id in snapshot.containers and snapshot.containers[container_id].is_running
    )
    container = snapshot.containers[container_id]
    assert (container.name, container.image, container.state) == ("life", docker.IMAGE, "running")
    assert container.labels == {"team": "core"}
    assert container.environment == {}
    assert abs(container.started_at - time.time()) < 60
    assert container.addresses[0].address.startswith("172.31.77.")
    daemon.call("POST", f"/containers/{container_id}/rename?name=other")
    until(inventory, lambda snapshot: snapshot.containers[container_id].name == "other")
    daemon.call("POST", f"/containers/{container_id}/pause")
    until(inventory, lambda snapshot: snapshot.containers[container_id].state == "paused")
    daemon.call("POST", f"/containers/{container_id}/unpause")
    daemon.stop(container_id)
    ended = until(inventory, lambda snapshot: snapshot.containers[container_id].state == "exited").containers[
        container_id
    ]
    assert (ended.exit_code, ended.pid) == (137, 0)
    assert ended.finished_at >= ended.started_at
    daemon.remove(container_id)
    until(inventory, lambda snapshot: container_id not in snapshot.containers)


def test_the_oldest_version_that_is_spoken(daemon, monkeypatch):
    monkeypatch.setattr("exporter.docker.client.NEWEST", (1, 24))
    client = Client(daemon.url)
    assert client.negotiate() == "1.24"
    inventory = Inventory(client)
    inventory.start()
    try:
        until(inventory, lambda snapshot: snapshot.is_connected)
        container_id = daemon.start("old", ["sleep", "1000"])
        snapshot = until(
            inventory,
            lambda snapshot: container_id in snapshot.containers and snapshot.containers[container_id].is_running,
        )
        assert snapshot.containers[container_id].name == "old"
        daemon.remove(container_id)
        until(inventory, lambda snapshot: container_id not in snapshot.containers)
    finally:
        inventory.close()


def test_health_and_an_exit_code(daemon, inventory):
    check = {"Test": ["CMD", "true"], "Interval": 1_000_000_000, "Timeout": 5_000_000_000, "Retries": 1}
    healthy = daemon.start("healthy", ["sleep", "1000"], healthcheck=check)
    until(
        inventory, lambda snapshot: healthy in snapshot.containers and snapshot.containers[healthy].health == "healthy"
    )
    failed = daemon.start("failed", ["sh", "-c", "exit 7"])
    ended = until(
        inventory, lambda snapshot: failed in snapshot.containers and snapshot.containers[failed].state == "exited"
    )
    assert ended.containers[failed].exit_code == 7


def test_who_was_told_to_stop_is_told_from_who_was_killed(daemon, inventory):
    def ended(container_id):
        return lambda snapshot: (
            container_id in snapshot.containers and snapshot.containers[container_id].state == "exited"
        )

    deaf = daemon.start("deaf", ["sleep", "1000"])  # as the first process it does not hear SIGTERM
    daemon.call("POST", f"/containers/{deaf}/stop?t=0")
    stopped = until(inventory, lambda snapshot: ended(deaf)(snapshot) and snapshot.containers[deaf].was_stopped)
    assert stopped.containers[deaf].exit_code == 137
    daemon.call("POST", f"/containers/{deaf}/start")
    until(inventory, lambda snapshot: snapshot.containers[deaf].is_running)
    daemon.call("POST", f"/containers/{deaf}/kill")
    assert not until(inventory, ended(deaf)).containers[deaf].was_stopped


def test_a_kill_for_memory_is_counted(daemon, inventory):
    # The shell outlives its child: of a container that ends with the kill, the daemon may miss the event.
    greedy = ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=64M; sleep 1000"]
    container_id = daemon.start("greedy", greedy, Memory=8 << 20, MemorySwap=8 << 20)
    assert until(
        inventory,
        lambda snapshot: container_id in snapshot.containers and snapshot.containers[container_id].oom_events > 0,
    )


def test_the_page_of_a_container_and_its_end(daemon, inventory, collector):
    container_id = daemon.start(
        "page", ["httpd", "-f", "-p", "8080"], Memory=64 << 20, CpuQuota=50000, CpuPeriod=100000
    )
    until(
        inventory, lambda snapshot: container_id in snapshot.containers and snapshot.containers[container_id].is_running
    )
    page = collector.page().decode()
    values = {name: value for (name, labels), value in series(page).items() if ("name", "page") in labels}
    assert values["container_spec_memory_limit_bytes"] == 64 << 20
    assert values["container_spec_cpu_quota"] == 50000
    assert values["container_processes"] == 1
    assert values["container_sockets"] == 1
    assert values["container_memory_usage_bytes"] > 0
    assert values["container_network_receive_bytes_total"] >= 0
    daemon.signal(signal.SIGSTOP)  # so that nobody says that it has ended
    try:
        os.kill(inventory.snapshot().containers[container_id].pid, signal.SIGKILL)
        end = time.monotonic() + 30
        while f'container_last_seen{{id="/{daemon.group}/{container_id}' in (page := collector.page().decode()):
            assert time.monotonic() < end
        assert "\ncontainer_scrape_error 0\n" in page
    finally:
        daemon.signal(signal.SIGCONT)


def test_a_daemon_that_hangs_and_one_that_restarts(daemon, inventory, collector):
    container_id = daemon.start("stays", ["sleep", "1000"])
    until(
        inventory, lambda snapshot: container_id in snapshot.containers and snapshot.containers[container_id].is_running
    )
    daemon.signal(signal.SIGSTOP)
    try:
        until(inventory, lambda snapshot: not snapshot.is_connected)
        assert "container_last_seen" in of(collector.page().decode(), container_id)
    finally:
        daemon.signal(signal.SIGCONT)
    until(inventory, lambda snapshot: snapshot.is_connected)
    daemon.halt()
    until(inventory, lambda snapshot: not snapshot.is_connected)
    assert b"\nvigie_container_daemon_connected 0\n" in collector.page()
    daemon.boot()
    snapshot = until(inventory, lambda snapshot: snapshot.is_connected)
    assert snapshot.containers[container_id].state == "exited"


def test_dozens_of_starts_and_stops_leave_nothing_behind(daemon, inventory, collector):
    collector.page()
    count = lambda: len(list(Path("/proc/self/fd").iterdir()))  # noqa: E731 - one line
    before = count()
    for number in range(30):
        container_id = daemon.start(f"short-{number}", ["true" if number % 2 else "sleep", "1000"])
        collector.page()
        daemon.remove(container_id)
    until(inventory, lambda snapshot: not snapshot.containers)
    collector.page()
    assert count() == before
    assert collector._readers == {}


def test_every_series_of_cadvisor_is_there(daemon, inventory, tmp_path):
    quota = {"Memory": 64 << 20, "CpuQuota": 50000, "CpuPeriod": 100000}
    ids = [
        daemon.start("web", ["httpd", "-f", "-p", "8080"], labels={"com.docker.compose.service": "web"}, **quota),
        daemon.start("plain", ["sleep", "1000"]),
        daemon.start("alone", ["sleep", "1000"], NetworkMode="none"),
        daemon.start("beside", ["sleep", "1000"], NetworkMode="container:web"),
    ]
    until(inventory, lambda snapshot: all(container_id in snapshot.containers for container_id in ids))
    measured = Supplies(inventory).make(Containers, Containers.options_type(disk_usage=True))
    theirs = series(cadvisor_page(daemon, ids, tmp_path))
    end = time.monotonic() + 30
    while ours_lacks(theirs, mine := series(measured.page().decode()), ids) and time.monotonic() < end:
        time.sleep(0.5)
    measured.close()
    assert ours_lacks(theirs, mine, ids) == set()
    expected = {name for name, labels in theirs if dict(labels).get("id", "").rpartition("/")[2] in ids}
    assert len(expected) > 45


def ours_lacks(theirs, mine, ids):
    expected = {(name, labels) for name, labels in theirs if dict(labels).get("id", "").rpartition("/")[2] in ids}
    return expected - mine.keys()
