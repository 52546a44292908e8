"""Reads one running container at each scrape."""

import random
from collections.abc import Callable
from typing import NamedTuple

from exporter.base.calls import FileSystems
from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.cgroups.files import Budget, Files, read_once
from exporter.cgroups.io import Devices
from exporter.cgroups.layout import Layout, find_group, parse_groups
from exporter.cgroups.v1 import GroupV1
from exporter.cgroups.v2 import GroupV2
from exporter.container_families import families as f
from exporter.container_families.rows import Number, Rows
from exporter.container_families.table import Part
from exporter.containers import network
from exporter.containers.disk import Taken
from exporter.containers.labels import base_labels
from exporter.containers.processes import STATE_KEYS, Processes, parse_pids
from exporter.containers.storage import add_storage, find_storage
from exporter.docker.container import Container

SPEC_SECONDS = 60.0  # limits change with an event of the daemon, or behind its back
OWN = ((f.LAST_SEEN, ""), (f.START_TIME, ""), (f.CPU_LOAD, ""), (f.OOM_EVENTS, ""))


class Surroundings(NamedTuple):
    """What all containers of a host share."""

    roots: Roots
    files: SharedFiles
    file_systems: FileSystems
    layout: Layout
    budget: Budget
    devices: Devices
    accepts: Callable[[str], bool]
    percpu: bool
    processes_seconds: float  # 0: they are not read


class Reader:
    """One container from a start to its end, with its files kept open."""

    def __init__(self, container: Container, shared: Surroundings) -> None:
        """Find the container's group; raise FileNotFoundError when it has none (any more), else OSError, ValueError."""
        self._shared = shared
        groups = parse_groups(read_once(f"{shared.roots.proc}/{container.pid}/cgroup").decode("utf-8", "replace"))
        path = find_group(shared.layout, groups, container.id, container.cgroup_parent)
        if path is None:
            raise FileNotFoundError(f"no control group of container {container.id[:12]} is to be found")
        self.group = path
        self._files = Files(shared.budget)
        self._usage: GroupV1 | GroupV2
        if shared.layout.is_unified:
            self._usage = GroupV2(shared.layout, path, self._files, shared.devices)
        else:
            self._usage = GroupV1(shared.layout, path, self._files, shared.devices, percpu=shared.percpu)
        self._storage = find_storage(shared.roots, shared.files, shared.file_systems, container, shared.devices)
        self._processes = Processes(shared.roots.proc, container.pid)
        self._network = f"{shared.roots.proc}/{container.pid}/net/dev"
        self._held = Rows()
        self._held_until = self._spec_until = 0.0
        self._keys: list[f.Key] = []
        self._part = Part("", ())
        self.update(container)

    def update(self, container: Container) -> None:
        """Take over new facts of the same run of the container."""
        self.container = container
        self._labels = base_labels(container, self.group, self._shared.accepts)
        self._spec_until = 0.0
        self._keys = []

    def is_of(self, container: Container) -> bool:
        """Whether `container` is still the run that this reads."""
        return (container.pid, container.started_at) == (self.container.pid, self.container.started_at)

    def read(self, now: float, monotonic: float, taken: Taken | None) -> tuple[Part, list[Number]]:
        """Return the container's lines and their values.

        Raises FileNotFoundError or ProcessLookupError when it has ended, other OSErrors and ValueError.
        """
        rows = Rows()
        if monotonic >= self._spec_until:
            self._usage.read_spec()
            self._spec_until = monotonic + SPEC_SECONDS
        counted = self._usage.read(rows)
        kills = max(self._usage.oom_kills, self.container.oom_events)
        rows.add(OWN, (int(now), int(self.container.started_at), 0, kills))
        if self._storage is not None:
            add_storage(rows, self._storage, counted, taken)
        if not self.container.network_mode.startswith("container:"):  # cAdvisor tells it of the other one alone
            network.read(rows, self._network)
        self._add_processes(rows, monotonic, counts_io=not counted)
        if rows.keys != self._keys:
            self._keys, self._part = rows.keys, Part(self._labels, tuple(rows.keys))
        return self._part, rows.values

    def close(self) -> None:
        """Give the descriptors back."""
        self._files.close()

    def _add_processes(self, rows: Rows, monotonic: float, *, counts_io: bool) -> None:
        period_seconds = self._shared.processes_seconds
        if not period_seconds:
            rows.add(STATE_KEYS, [0] * len(STATE_KEYS))  # as cAdvisor says without its load reader
            return
        path = self._usage.processes
        if path is not None and monotonic >= self._held_until:
            self._held = Rows()
            self._processes.read(self._held, parse_pids(read_once(path)), counts_io=counts_io)
            # Spread, so that not all containers' come due in one scrape.
            self._held_until = monotonic + period_seconds * random.uniform(0.7, 1.0)  # noqa: S311 - not a secret
        rows.add(self._held.keys, self._held.values)
