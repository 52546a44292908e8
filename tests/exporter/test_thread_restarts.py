"""A thread that dies of something unexpected begins anew, is counted, and its owner is told."""

import threading

import pytest

from exporter.docker.inventory import Inventory
from exporter.pages import thread_restarts_page
from vigie.core import supervised_thread
from vigie.core.thread_restarts import watched_thread


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(supervised_thread, "FIRST_PAUSE_SECONDS", 0.01)


def restarts(thread):
    prefix = f'vigie_exporter_thread_restarts_total{{thread="{thread}"}} '
    lines = [line for line in thread_restarts_page().decode().splitlines() if line.startswith(prefix)]
    return int(lines[0].removeprefix(prefix)) if lines else None


def test_a_thread_is_listed_from_its_start_on():
    watched_thread("quiet one", lambda: None)
    assert restarts("quiet one") == 0


def test_work_that_dies_is_done_again_and_counted():
    is_done, deaths = threading.Event(), []

    def work():
        if not deaths:
            deaths.append("died")
            raise RuntimeError("nobody expected this")
        is_done.set()

    told = []
    watched_thread("brittle", work, told.append).start()
    assert is_done.wait(10)
    assert (restarts("brittle"), told) == (1, ["brittle"])


def test_containers_are_said_to_be_old_when_who_follows_them_died(wait_until):
    class Broken:
        url = "unix:///nowhere.sock"

        def negotiate(self):
            raise RuntimeError("nobody expected this")

    inventory = Inventory(Broken())
    inventory.start()
    wait_until(lambda: restarts("containers"))
    assert "internal" in inventory.snapshot().failure
    inventory.close()
