"""container_*: what cAdvisor tells of Docker's and podman's containers; vigie_container_*: what it does not."""

from time import monotonic
from typing import Annotated

import msgspec
import structlog

from exporter.base.calls import Clock, FileSystems
from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.cgroups.files import make_budget
from exporter.cgroups.io import Devices
from exporter.cgroups.layout import find_layout
from exporter.container_families.rows import Number
from exporter.container_families.table import Part, Table
from exporter.containers.disk import Survey
from exporter.containers.facts import render_facts
from exporter.containers.labels import INCLUDE, base_labels
from exporter.containers.reader import Reader, Surroundings
from exporter.containers.root_group import RootGroup
from exporter.docker.container import Container
from exporter.docker.inventory import Inventory, Snapshot
from exporter.exposition.text import Family, Sample, render
from exporter.kernel.name_filter import Filter
from vigie.core.settings import Duration

log = structlog.get_logger()
ENDED = (FileNotFoundError, ProcessLookupError)
SCRAPE_ERROR = Family(
    "container_scrape_error", "gauge", "1 if there was an error while getting container metrics, 0 otherwise"
)
ERRORS = [render([Sample(SCRAPE_ERROR, value)]) for value in (0, 1)]


class ContainersOptions(Options, frozen=True, kw_only=True):
    """What is told of containers, and how often what is dear is read."""

    label_include: Annotated[
        str, msgspec.Meta(description="The containers' own labels to make `container_label_*` (regexp).")
    ] = INCLUDE
    percpu: Annotated[bool, msgspec.Meta(description="Tell CPU time by CPU (cgroup v1), as cAdvisor does.")] = True
    processes: Annotated[
        bool, msgspec.Meta(description="Tell processes, descriptors and sockets; those of others need root.")
    ] = True
    processes_interval: Annotated[Duration, msgspec.Meta(gt=0, description="How often a container's are read.")] = 30.0
    disk_usage: Annotated[bool, msgspec.Meta(description="Measure what each container's layer takes on disk.")] = False
    disk_usage_interval: Annotated[Duration, msgspec.Meta(ge=1, description="How often a layer is measured.")] = 300.0
    disk_usage_max_files: Annotated[
        int, msgspec.Meta(gt=0, description="The number of files above which a layer is not measured.")
    ] = 1_000_000
    cadvisor_compat: Annotated[
        bool, msgspec.Meta(description="Tell the host too, as the series with id=/, and cadvisor_version_info.")
    ] = False


class Containers(Collector):
    """Exposes the containers that the inventory knows; it never waits for the daemon."""

    options_type = ContainersOptions

    def __init__(
        self,
        roots: Roots,
        files: SharedFiles,
        file_systems: FileSystems,
        clock: Clock,
        inventory: Inventory | None,
        options: object = None,
    ) -> None:
        super().__init__(roots, options)
        self._files = files
        self._file_systems = file_systems
        self._clock = clock
        self._inventory = inventory
        self._filter = Filter(include=self.options.label_include)
        self._shared: Surroundings | None = None
        self._generation = -1
        self._readers: dict[str, Reader] = {}
        self._groups: dict[str, str] = {}
        self._pattern = "/docker/{}"
        self._facts_key: object = None
        self._facts = b""
        self._table = Table()
        self._failing: set[str] = set()
        self._root = RootGroup(roots, files) if self.options.cadvisor_compat else None
        self._survey: Survey | None = None
        if self.options.disk_usage:
            self._survey = Survey(self.options.disk_usage_interval, self.options.disk_usage_max_files)

    def page(self) -> bytes:
        """Return the containers' part; raise NotApplicableError when there is no daemon."""
        snapshot = self._snapshot()
        if not snapshot.is_known:
            return b""  # the daemon has not answered yet; that is no reason to stop asking for a minute
        self._follow(snapshot)
        parts: list[Part] = []
        values: list[Number] = []
        if self._root is not None:
            part, values = self._root.read(self._clock.now())
            parts.append(part)
        failing: set[str] = set()
        for container in snapshot.containers.values():
            if container.is_running:
                part_and_values = self._read(container, failing)
                if part_and_values is not None:
                    parts.append(part_and_values[0])
                    values += part_and_values[1]
        self._failing = failing
        rest = self._render_facts(snapshot) + ERRORS[bool(failing)]
        return self._table.render(parts, values, rest + self._root.version if self._root is not None else rest)

    def close(self) -> None:
        """Give the descriptors back."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        if self._survey is not None:
            self._survey.close()

    def _snapshot(self) -> Snapshot:
        if self._inventory is None:
            raise NotApplicableError("no container daemon is followed")
        snapshot = self._inventory.snapshot()
        if snapshot.is_unavailable:
            raise NotApplicableError(f"{self._inventory.client.url}: {snapshot.failure}")
        return snapshot

    def _follow(self, snapshot: Snapshot) -> None:
        """Let go of what has ended, and take over new facts."""
        if snapshot.generation == self._generation:
            return
        self._generation = snapshot.generation
        for container_id, reader in list(self._readers.items()):
            container = snapshot.containers.get(container_id)
            if container is None or not reader.is_of(container):
                self._readers.pop(container_id).close()
            elif container != reader.container:
                reader.update(container)
        self._groups = {key: group for key, group in self._groups.items() if key in snapshot.containers}
        if self._survey is not None:
            running = (container for container in snapshot.containers.values() if container.is_running)
            self._survey.follow({container.id: self._folders(container) for container in running})

    def _read(self, container: Container, failing: set[str]) -> tuple[Part, list[Number]] | None:
        """Return a container's lines and values, None when it has ended or can't be read."""
        try:
            reader = self._readers.get(container.id) or self._open(container)
            taken = self._survey.taken(container.id) if self._survey is not None else None
            return reader.read(self._clock.now(), monotonic(), taken)
        except ENDED:
            return None
        except (OSError, ValueError) as error:
            failing.add(container.id)
            if container.id not in self._failing:
                log.warning("a container can't be read", id=container.id, name=container.name, reason=str(error))
            return None

    def _open(self, container: Container) -> Reader:
        if self._shared is None:
            self._shared = Surroundings(
                roots=self.roots,
                files=self._files,
                file_systems=self._file_systems,
                layout=find_layout(self.roots.sys / "fs" / "cgroup"),
                budget=make_budget(),
                devices=Devices(self.roots.sys),
                accepts=self._filter.accepts,
                percpu=self.options.percpu,
                processes_seconds=self.options.processes_interval if self.options.processes else 0.0,
            )
        reader = self._readers[container.id] = Reader(container, self._shared)
        self._groups[container.id] = reader.group
        self._pattern = reader.group.replace(container.id, "{}")
        return reader

    def _render_facts(self, snapshot: Snapshot) -> bytes:
        """Return what the daemon says; it is made anew only when that, or a container's group, is another one."""
        key = (snapshot.generation, tuple(self._groups))
        if key != self._facts_key:
            labelled = ((self._labels(container), container) for container in snapshot.containers.values())
            self._facts = render_facts(labelled, is_connected=snapshot.is_connected)
            self._facts_key = key
        return self._facts

    def _labels(self, container: Container) -> str:
        """Return a container's labels; the group of one that we never saw running is where another one's was."""
        group = self._groups.get(container.id) or self._pattern.replace("{}", container.id)
        return base_labels(container, group, self._filter.accepts)

    def _folders(self, container: Container) -> list[str]:
        """Return the container's layer (its whole root where the driver tells none) and the daemon's folder of it."""
        layer = f"{self.roots.root}/{container.layer_folder.lstrip('/')}" if container.layer_folder else ""
        own = layer or f"{self.roots.proc}/{container.pid}/root"
        data = [f"{self.roots.root}/{container.data_folder.lstrip('/')}"] if container.data_folder else []
        return [own, *data]
