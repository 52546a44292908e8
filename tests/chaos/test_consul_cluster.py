"""Three real servers under churn: leaders are killed, servers freeze; no target is lost and every change arrives."""

import signal
import threading
import time

import pytest
import requests

pytestmark = pytest.mark.integration

FLEET = 30
SETTLED_SECONDS = 90


@pytest.fixture
def churn(cluster, catalog_at):
    """Registers new instances of `churn` all the time, through whichever server answers; `stop()` tells how many."""

    class Churn(threading.Thread):
        def __init__(self):
            super().__init__(daemon=True)
            self.count, self._is_over = 0, threading.Event()

        def run(self):
            while not self._is_over.wait(0.2):
                for server in cluster.servers:
                    try:
                        catalog_at(server.url, timeout_seconds=2).row("churn", self.count, node=f"churn-{self.count}")
                    except (requests.RequestException, AssertionError):
                        continue
                    self.count += 1
                    break

        def stop(self):
            self._is_over.set()
            self.join(60)
            return self.count

    churn = Churn()
    yield churn
    churn.stop()


@pytest.fixture
def fleet(cluster, catalog_at, start_bridge, wait_until):
    """A job of many, known to a bridge that may ask any of the servers."""
    catalog = catalog_at(cluster.servers[0].url)
    catalog.fleet("web", FLEET)
    bridge = start_bridge(cluster.urls())
    wait_until(lambda: len(bridge.ids("web") or ()) == FLEET)
    return bridge


class Watch(threading.Thread):
    """Looks at a file again and again: the fewest targets that were ever in it."""

    def __init__(self, bridge, job):
        super().__init__(daemon=True)
        self._bridge, self._job, self.fewest, self._is_over = bridge, job, FLEET, threading.Event()
        self.start()

    def run(self):
        while not self._is_over.wait(0.02):
            self.fewest = min(self.fewest, len(self._bridge.ids(self._job)))  # raises when it is torn

    def stop(self):
        self._is_over.set()
        self.join(10)
        return self.fewest


def has_arrived(churn, bridge, wait_until):
    """Wait until every instance that was registered is a target."""
    count = churn.stop()
    assert count > 0
    wait_until(
        lambda: {f"churn-{number}" for number in range(count)} <= set(bridge.ids("churn") or ()), SETTLED_SECONDS
    )


def test_leaders_killed_again_and_again(cluster, fleet, churn, wait_until, rounds):
    watch = Watch(fleet, "web")
    churn.start()
    for _ in range(rounds):
        leader = wait_until(cluster.leader)
        leader.stop(signal.SIGKILL)
        time.sleep(2)
        wait_until(cluster.alive, SETTLED_SECONDS)
        leader.start()
        wait_until(cluster.alive, SETTLED_SECONDS)
    has_arrived(churn, fleet, wait_until)
    assert watch.stop() == FLEET
    assert len(fleet.ids("web")) == FLEET


def test_frozen_servers(cluster, fleet, churn, wait_until, rounds):
    watch = Watch(fleet, "web")
    churn.start()
    for number in range(rounds):
        frozen = cluster.servers[number % 3]
        frozen.signal(signal.SIGSTOP)
        time.sleep(5)
        frozen.signal(signal.SIGCONT)
        wait_until(cluster.alive, SETTLED_SECONDS)
    has_arrived(churn, fleet, wait_until)
    assert watch.stop() == FLEET


def test_without_a_majority_nothing_is_believed(cluster, fleet, catalog_at, wait_until):
    for server in cluster.servers[1:]:
        server.stop(signal.SIGKILL)
    errors = fleet.metric("vigie_discovery_errors_total")
    wait_until(lambda: fleet.metric("vigie_discovery_errors_total") > errors + 3)
    assert len(fleet.ids("web")) == FLEET
    for server in cluster.servers[1:]:
        server.start()
    alive = wait_until(cluster.alive, SETTLED_SECONDS)
    catalog_at(alive.url).row("web", 99)
    wait_until(lambda: len(fleet.ids("web")) == FLEET + 1, SETTLED_SECONDS)
