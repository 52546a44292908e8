"""`--integrations auto`: software that looks known, and answers without a login, is watched as if its label asked.

Each server is tried once before; one that refuses, or speaks something else, stays a proposal and is tried ever less
often. What answered once is watched from then on, or its end would be told to nobody. Who says `vigie.integration` in a
label, or names the integration in a file, has the last word.
"""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import structlog
from msgspec.structs import replace

from exporter.base.backoff import Backoff
from exporter.base.check import Server
from exporter.docker.container import Container
from exporter.docker.inventory import Snapshot
from exporter.exposition.text import Family, Sample, render
from exporter.integrations.detection import find_containers, find_processes
from exporter.integrations.files import Asked, IntegrationFiles, list_asked
from exporter.integrations.host_software import read_commands, read_listening_ports
from exporter.integrations.targets import LoginFile
from exporter.registration.container_address import Place, network_owner, reach, reach_from_host
from exporter.registration.container_labels import read_endpoints
from exporter.registration.refusals import RefusedError
from vigie.core.integrations.names import LABEL
from vigie.core.thread_restarts import watched_thread

if TYPE_CHECKING:
    from exporter.registration.container_registrar import Containers
    from vigie.core.integrations.catalogue import Integration

log = structlog.get_logger()
INTERVAL_SECONDS = 15.0
PROCESS_INTERVAL_SECONDS = 60.0  # reading all processes costs more than asking what containers there are
RETRY_MAX_SECONDS = 600.0
LOOPBACK = "127.0.0.1"
FOUND = Family(
    "vigie_integration_found",
    "gauge",
    "Software that looks known and nobody asked for: watched, for it answers without a login, or refused.",
    ("state",),
)


class Software(NamedTuple):
    """Software that looks known: the container's id or "", the integration, and its port."""

    container: str
    integration: str
    port: int


class _Refused:
    """When a candidate that gave no page is tried again."""

    def __init__(self) -> None:
        self.backoff = Backoff(RETRY_MAX_SECONDS)
        self.again_at = monotonic() + self.backoff.next_seconds()


class AutoIntegrations:
    """Tries what looks known, and gives the registrar the containers and files as if they asked for what answered."""

    def __init__(
        self, containers: "Containers", files: IntegrationFiles, place: Place, procfs: Path, deadline_seconds: float
    ) -> None:
        """Take who knows the containers and files, where this host is, and how long one try may take."""
        self._containers, self._files, self._place = containers, files, place
        self._procfs, self._deadline_seconds = procfs, deadline_seconds
        self.known = files.known
        self._accepted: frozenset[Software] = frozenset()  # replaced, never changed in place
        self._refused: dict[Software, _Refused] = {}
        self._processes: dict[Software, Server] = {}
        self._processes_at = float("-inf")
        self._ending = threading.Event()
        self._thread = watched_thread("integrations", self._run)

    def start(self) -> None:
        """Begin to try what looks known."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; a try that is under way is left alone."""
        self._ending.set()

    def snapshot(self) -> Snapshot:
        """Return the containers, those that answered with the label that asks for their integration."""
        return self._labelled(self._containers.snapshot())

    def wait(self, known_generation: int, timeout_seconds: float) -> Snapshot:
        """Return the containers once they have changed, or after a while."""
        return self._labelled(self._containers.wait(known_generation, timeout_seconds))

    def read(self) -> dict[str, Asked]:
        """Return what the files ask for, and as much for each process whose integration no file names."""
        files = self._files.read()
        named = {file.integration for file in files.values() if file.address}
        processes = (each for each in self._accepted if not each.container and each.integration not in named)
        asked = {
            f"{each.integration}-{each.port}": Asked(each.integration, f"{LOOPBACK}:{each.port}") for each in processes
        }
        return asked | files

    def of_containers(self) -> Mapping[str, Asked]:
        """Return what files alone say of containers' servers."""
        return self._files.of_containers()

    def page(self) -> bytes:
        """Return how much software looks known, by what came of it."""
        return render([
            Sample(FOUND, len(self._accepted), ("watched",)),
            Sample(FOUND, len(self._refused), ("refused",)),
        ])  # fmt: skip

    def _labelled(self, snapshot: Snapshot) -> Snapshot:
        names = {each.container: each.integration for each in sorted(self._accepted, reverse=True) if each.container}
        labelled = {
            key: replace(container, labels={**container.labels, LABEL: names[key]})
            for key, container in snapshot.containers.items()
            if key in names and LABEL not in container.labels
        }
        return snapshot._replace(containers={**snapshot.containers, **labelled}) if labelled else snapshot

    def _run(self) -> None:
        while not self._ending.is_set():
            snapshot = self._containers.snapshot()
            self.try_all(snapshot)
            self._containers.wait(snapshot.generation, INTERVAL_SECONDS)
            self._ending.wait(1.0)  # a container that has just started does not listen yet

    def try_all(self, snapshot: Snapshot) -> None:
        """Try what is due; a container that is gone is forgotten."""
        candidates = {**dict(self._find_in_containers(snapshot)), **self._find_processes()}
        self._accepted = frozenset(
            each for each in self._accepted if not each.container or each.container in snapshot.containers
        )
        self._refused = {each: refused for each, refused in self._refused.items() if each in candidates}
        for software in sorted(candidates.keys() - self._accepted):
            refused = self._refused.get(software)
            if self._ending.is_set() or (refused and refused.again_at > monotonic()):
                continue
            self._try(software, candidates[software], refused or _Refused())

    def _try(self, software: Software, server: Server, refused: _Refused) -> None:
        from exporter.integrations.trying import try_server  # noqa: PLC0415 - an HTTP client, loaded when it is needed

        integration = self.known.all[software.integration]
        outcome = try_server(integration, server, LoginFile(), self._deadline_seconds).outcome
        where = {"integration": software.integration, "address": f"{server.host}:{server.port}"}
        if outcome.state == "ok":
            log.info("watches what looks known and answers without a login", **where)
            self._refused.pop(software, None)
            self._accepted |= {software}
            return
        if software not in self._refused:
            log.info("looks known, and is not watched", **where, state=outcome.state, reason=outcome.reason)
        refused.again_at = monotonic() + refused.backoff.next_seconds()
        self._refused[software] = refused

    def _find_in_containers(self, snapshot: Snapshot) -> Iterator[tuple[Software, Server]]:
        for container, integration in find_containers(snapshot.containers.values(), self.known.all):
            endpoints, _ = read_endpoints(container, self.known)
            if any(endpoint.port == integration.manifest.port for endpoint in endpoints):
                continue  # its labels have said already what that port is
            server = self._server_of(container, snapshot, integration)
            if server is not None:
                manifest = integration.manifest
                yield Software(container.id, manifest.name, manifest.port), server

    def _server_of(self, container: Container, snapshot: Snapshot, integration: "Integration") -> Server | None:
        """Return where a container's server is asked; None where Prometheus, or for a check this host, has no way."""
        network = network_owner(container, snapshot.containers)
        find_address = reach_from_host if integration.manifest.check else reach
        try:
            address, port = find_address(network, integration.manifest.port, self._place)
        except RefusedError:
            return None
        return _ask_at(address or LOOPBACK, port, integration)

    def _find_processes(self) -> Mapping[Software, Server]:
        """Return the checked servers of processes outside of containers, read at most once a minute.

        An endpoint of a plain machine needs the address at which Prometheus reaches it, which a file has to say.
        """
        if monotonic() - self._processes_at < PROCESS_INTERVAL_SECONDS:
            return self._processes
        asked = list_asked(self._files.read().values())
        try:
            commands, ports = read_commands(self._procfs), read_listening_ports(self._procfs)
        except OSError as error:
            log.warning("processes can't be read", path=str(self._procfs), reason=error.strerror)
            commands, ports = set(), set()
        processes = find_processes(commands, ports, asked, self.known.all)
        self._processes = {
            Software("", each.integration.manifest.name, each.port): _ask_at(LOOPBACK, each.port, each.integration)
            for each in processes
            if each.integration.manifest.check and each.port in ports
        }
        self._processes_at = monotonic()
        return self._processes


def _ask_at(host: str, port: int, integration: "Integration") -> Server:
    page = integration.manifest.page
    return Server(host, port, page.path, str(page.scheme))
