"""Hosts of the recorded trees, with an inventory of what their daemon said."""

import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from exporter.base.calls import Clock, FileSystems
from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.docker.container import Inspected, understand
from exporter.docker.inventory import Inventory, Snapshot

TREES = Path(__file__).parent.parent / "fixtures" / "cgroups"
NOW = 1795500000.0


def decode(folder):
    return understand(msgspec.json.decode((folder / "inspect.json").read_bytes(), type=Inspected))


class RecordedHost(NamedTuple):
    """A host with an inventory that does not run."""

    roots: Roots
    inventory: Inventory

    def make(self, kind, options=None):
        file_systems = FileSystems(
            lambda _: os.statvfs_result((4096, 4096, 1000, 400, 300, 65536, 60000, 60000, 0, 255)),
            lambda _: os.makedev(254, 0),
        )
        return Supplies(self.roots, Clock(lambda: NOW), file_systems, self.inventory).make(kind, options)


def let_be(host, *containers, **changes):
    """Let these be the containers that the host's daemon tells of."""
    last = host.inventory.snapshot()
    fields = {"is_known": True, "is_connected": True, "failure": ""} | changes
    by_id = {container.id: container for container in containers}
    host.inventory._snapshot = Snapshot(last.generation + 1, by_id, **fields)
