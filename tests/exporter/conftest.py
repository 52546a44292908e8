"""The host of the fixture tree, with a fixed clock, name and file systems."""

import os
from pathlib import Path

import msgspec
import pytest

from exporter.base.calls import Clock, DBusCalls, EthtoolCalls, FileSystems, Identity, Netlink, NtpCalls
from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.collectors.containers import Containers
from exporter.docker.client import Client
from exporter.docker.container import Inspected, understand
from exporter.docker.inventory import Inventory, Snapshot

from . import fixed_calls
from .dbus_stand_in import SystemdStandIn
from .recorded_hosts import RecordedHost, decode, let_be

TREE = Path(__file__).parent.parent / "fixtures" / "host"
RECORDED = TREE.parent / "docker"


def fixed_inventory(*names):
    """Return an inventory that has read these recorded inspections and does not run."""
    inventory = Inventory(Client("unix:///nowhere/docker.sock"), environment_names={"REGION"})
    texts = [(RECORDED / f"{name}.json").read_bytes() for name in names]
    recorded = [msgspec.json.decode(text, type=Inspected) for text in texts]
    containers = {inspected.Id: understand(inspected, {"REGION"}) for inspected in recorded}
    inventory._snapshot = Snapshot(1, containers, is_known=True, is_connected=True, failure="")
    return inventory


@pytest.fixture
def systemd():
    """Return `SystemdStandIn`, to be made with other units; `.requested` are the properties that were asked for."""
    return SystemdStandIn


@pytest.fixture
def roots():
    """Return the roots of the fixture tree."""
    return Roots(*(TREE / name for name in ("proc", "sys", "root", "udev")))


@pytest.fixture
def supplies(roots):
    """Return what the fixture tree's host supplies, with fixed calls."""
    fixed = Supplies(
        roots,
        Clock(lambda: 1700000000.25, fixed_calls.fixed_adjtimex),
        Identity(fixed_calls.fixed_uname),
        FileSystems(fixed_calls.fixed_statvfs, lambda _: os.makedev(8, 16)),
        EthtoolCalls(fixed_calls.fixed_ethtool),
        Netlink(fixed_calls.fixed_dump, fixed_calls.fixed_interface_name),
        NtpCalls(fixed_calls.fixed_exchange),
        DBusCalls(SystemdStandIn().connect),
        fixed_inventory("inspect-running", "inspect-stopped"),
    )
    yield fixed
    fixed.close()


@pytest.fixture
def tree(tmp_path):
    """Return `tree({"proc/loadavg": "…"})`: the roots of a host with just these files."""

    def tree(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Roots(*(tmp_path / name for name in ("proc", "sys", "root", "udev")))

    return tree


@pytest.fixture
def open_tree():
    """Return `open_tree(folder)`: the host of a tree, with its one container."""

    def open_tree(folder):
        roots = Roots(folder / "proc", folder / "sys", folder, folder / "udev")
        host = RecordedHost(roots, Inventory(Client("unix:///nowhere/docker.sock")))
        let_be(host, decode(folder))
        return host

    return open_tree


@pytest.fixture
def collect():
    """Return `collect(host, **options)`: the collector of a host, closed in the end."""
    collectors = []

    def collect(host, **options):
        collectors.append(host.make(Containers, Containers.options_type(**options)))
        return collectors[-1]

    yield collect
    for collector in collectors:
        collector.close()
