"""Hosts of the recorded trees, with an inventory of what their daemon said."""

import os
from pathlib import Path

import msgspec
import pytest

from exporter.base.host import Calls, Host
from exporter.collectors.containers import Containers
from exporter.docker.client import Client
from exporter.docker.container import Inspected, understand
from exporter.docker.inventory import Inventory, Snapshot

TREES = Path(__file__).parent.parent.parent / "fixtures" / "cgroups"
NOW = 1795500000.0


def decode(folder):
    return understand(msgspec.json.decode((folder / "inspect.json").read_bytes(), type=Inspected))


def let_be(host, *containers, **changes):
    """Let these be the containers that the host's daemon tells of."""
    last = host.inventory.snapshot()
    fields = {"is_known": True, "is_connected": True, "failure": ""} | changes
    host.inventory._snapshot = Snapshot(last.generation + 1, {one.id: one for one in containers}, **fields)


@pytest.fixture
def open_tree():
    """Return `open_tree(folder)`: the host of a tree, with its one container."""
    opened = []

    def open_tree(folder):
        calls = Calls(
            now=lambda: NOW,
            statvfs=lambda _: os.statvfs_result((4096, 4096, 1000, 400, 300, 65536, 60000, 60000, 0, 255)),
            device_number=lambda _: os.makedev(254, 0),
        )
        host = Host(folder / "proc", folder / "sys", folder, folder / "udev", calls)
        host.inventory = Inventory(Client("unix:///nowhere/docker.sock"))
        let_be(host, decode(folder))
        opened.append(host)
        return host

    yield open_tree
    for host in opened:
        host.close()


@pytest.fixture
def collect():
    """Return `collect(host, **options)`: the collector of a host, closed in the end."""
    made = []

    def collect(host, **options):
        made.append(Containers(host, Containers.options_type(**options)))
        return made[-1]

    yield collect
    for collector in made:
        collector.close()
