import time
from pathlib import Path

import pytest

from exporter.docker.client import Client
from exporter.docker.inventory import Inventory

from .conftest import ID

NOW = 1795460500.0


@pytest.fixture
def inventory(daemon):
    """Return the stand-in's inventory, running."""
    inventory = Inventory(
        Client(daemon.url, 0.5), ping_interval_seconds=0.1, retry_backoff_seconds=0.1, now=lambda: NOW
    )
    inventory.start()
    yield inventory
    inventory.close()


def until(inventory, holds):
    """Return the first snapshot for which `holds`."""
    end = time.monotonic() + 15
    snapshot = inventory.snapshot()
    while not holds(snapshot):
        assert time.monotonic() < end, snapshot
        snapshot = inventory.wait(snapshot.generation, 1)
    return snapshot


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def names(snapshot):
    return {container.name for container in snapshot.containers.values()}


def test_reads_everything_once_and_then_nothing_without_an_event(daemon, inventory):
    until(inventory, lambda snapshot: snapshot.is_connected)
    daemon.add(1)
    daemon.add(2)
    daemon.emit("start", 1)
    daemon.emit("start", 2)
    until(inventory, lambda snapshot: names(snapshot) == {"box-1", "box-2"})
    requests = len(daemon.asked("/containers/"))
    while len(daemon.asked("/_ping")) < 3:
        time.sleep(0.01)
    assert len(daemon.asked("/containers/")) == requests
    assert len(daemon.asked(ID(1))) == 1


def test_each_event_renews_the_facts_of_its_container(daemon, inventory):
    until(inventory, lambda snapshot: snapshot.is_connected)
    daemon.add(1)
    daemon.emit("start", 1)
    until(inventory, lambda snapshot: names(snapshot) == {"box-1"})
    daemon.add(1, Name="/renamed", State={"Health": {"Status": "unhealthy"}})
    daemon.emit("health_status: unhealthy", 1)
    assert until(inventory, lambda snapshot: names(snapshot) == {"renamed"}).containers[ID(1)].health == "unhealthy"
    daemon.add(1, State={"Status": "exited", "Pid": 0, "ExitCode": 137, "OOMKilled": True,
                         "FinishedAt": "2026-11-23T19:01:00Z"})  # fmt: skip
    daemon.emit_raw(b"".join(b'{"Action":"%b","Actor":{"ID":"%b"}}\n' % (action, ID(1).encode())
                             for action in (b"oom", b"oom", b"die")))  # fmt: skip
    container = until(inventory, lambda snapshot: not snapshot.containers[ID(1)].is_running).containers[ID(1)]
    assert (container.exit_code, container.oom_killed, container.oom_events) == (137, True, 2)
    daemon.emit("destroy", 1)
    until(inventory, lambda snapshot: not snapshot.containers)


def test_a_container_that_stopped_long_ago_is_forgotten(daemon, inventory):
    daemon.add(1, State={"Status": "exited", "Pid": 0, "FinishedAt": "2026-11-23T18:00:00Z"})
    daemon.add(2, State={"Status": "exited", "Pid": 0, "FinishedAt": "2026-11-23T19:00:50Z"})
    until(inventory, lambda snapshot: snapshot.is_connected)
    daemon.emit("die", 1)
    daemon.emit("die", 2)
    until(inventory, lambda snapshot: names(snapshot) == {"box-2"})
    assert inventory._containers.keys() == {ID(2)}


def test_a_restarted_daemon_is_found_again_and_its_containers_stay_known_meanwhile(daemon, inventory):
    until(inventory, lambda snapshot: snapshot.is_connected)
    daemon.add(1)
    daemon.emit("start", 1)
    until(inventory, lambda snapshot: snapshot.containers)
    daemon.stop()
    away = until(inventory, lambda snapshot: not snapshot.is_connected)
    assert names(away) == {"box-1"}
    assert away.failure
    del daemon.containers[ID(1)]
    daemon.add(2)
    daemon.start()
    assert names(until(inventory, lambda snapshot: snapshot.is_connected)) == {"box-2"}


def test_a_daemon_that_hangs_is_noticed(daemon, inventory):
    until(inventory, lambda snapshot: snapshot.is_connected)
    daemon.answering.clear()
    assert "TimeoutError" in until(inventory, lambda snapshot: not snapshot.is_connected).failure
    daemon.answering.set()
    until(inventory, lambda snapshot: snapshot.is_connected)


def test_an_absent_daemon_means_nothing_about_containers(tmp_path):
    inventory = Inventory(Client(f"unix://{tmp_path}/none.sock"), retry_backoff_seconds=0.05)
    inventory.start()
    try:
        snapshot = until(inventory, lambda snapshot: snapshot.failure)
        assert (snapshot.is_known, snapshot.is_connected, dict(snapshot.containers)) == (False, False, {})
    finally:
        inventory.close()


def test_one_container_that_cannot_be_understood_costs_only_itself(daemon, inventory):
    until(inventory, lambda snapshot: snapshot.is_connected)
    daemon.add(1, RestartCount="many")
    daemon.add(2)
    daemon.emit("start", 1)
    daemon.emit("start", 2)
    until(inventory, lambda snapshot: names(snapshot) == {"box-2"})


def test_a_container_that_is_stuck_in_the_daemon_does_not_hold_up_the_others(daemon, inventory):
    until(inventory, lambda snapshot: snapshot.is_connected)
    daemon.add(1)
    daemon.add(2)
    daemon.stuck.add(ID(1))
    daemon.emit("start", 1)
    daemon.emit("start", 2)
    snapshot = until(inventory, lambda snapshot: names(snapshot) == {"box-2"})
    assert snapshot.is_connected
    daemon.stuck.clear()
    until(inventory, lambda snapshot: names(snapshot) == {"box-1", "box-2"})
    assert inventory._unanswered == set()


def test_hundreds_of_starts_and_stops_leave_nothing_behind(daemon, inventory):
    until(inventory, lambda snapshot: snapshot.is_connected)
    descriptors = open_descriptors()
    for number in range(300):
        daemon.add(number)
        daemon.emit("start", number)
        daemon.emit("oom", number)
        daemon.emit("stop", number)
        daemon.emit("destroy", number)
        del daemon.containers[ID(number)]
    daemon.add(999)
    daemon.emit("start", 999)
    until(inventory, lambda snapshot: names(snapshot) == {"box-999"})
    assert inventory._containers.keys() == {ID(999)}
    assert (inventory._oom_events, inventory._stopped) == ({}, set())
    end = time.monotonic() + 10  # the stand-in's own ends close a moment later
    while open_descriptors() > descriptors and time.monotonic() < end:
        time.sleep(0.01)
    assert open_descriptors() <= descriptors


def test_close_ends_the_thread_although_the_stream_is_silent(daemon):
    inventory = Inventory(Client(daemon.url))
    inventory.start()
    until(inventory, lambda snapshot: snapshot.is_connected)
    inventory.close()
    assert not inventory._thread.is_alive()


def test_behind_a_socket_proxy(daemon, proxy):
    daemon.add(1)
    inventory = Inventory(Client(proxy), retry_backoff_seconds=0.05)
    inventory.start()
    try:
        assert names(until(inventory, lambda snapshot: snapshot.is_connected)) == {"box-1"}
        assert {method for method, _ in daemon.requests} == {"GET"}
    finally:
        inventory.close()


def test_a_proxy_that_forbids_the_events_is_named(daemon, proxy):
    daemon.forbidden.add("/v1.41/events")
    inventory = Inventory(Client(proxy), retry_backoff_seconds=0.05)
    inventory.start()
    try:
        assert "GET /v1.41/events: status 403" in until(inventory, lambda snapshot: snapshot.failure).failure
    finally:
        inventory.close()
