"""Keeps the applications of this host's containers registered in Consul.

    pending ──register──▶ registered ──exit 0, stop, removal──▶ leaving ──leave window, deregister──▶ (gone)
                           │  ▲   ▲                              │   ▲
                           │  │   └───────── runs again ─────────┘   │
                           │  └── runs again ──┐                     │
                           └─ ends otherwise ─▶ crashed ──crashed retention

The states are those of each endpoint, counted in `vigie_autodiscovery_endpoints`; `docs/how-to/agents.md` shows them.
"""

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Protocol

import structlog

from exporter.docker.inventory import Snapshot
from exporter.exposition.text import Family, Sample, render
from exporter.integrations.files import Asked, AskingFiles, IntegrationFiles
from exporter.integrations.known import Known
from exporter.integrations.targets import Targets
from exporter.registration.agent import Agent
from exporter.registration.container_address import Place
from exporter.registration.container_labels import SERVICE_PREFIX, declines, is_asking
from exporter.registration.container_plan import Limits, Plan, Software, make_plan
from exporter.registration.container_reconciler import Reconciler
from exporter.registration.file_plan import add_files, keep_containers
from exporter.registration.record import Announcement, check_node
from exporter.registration.refusals import REASONS as REFUSAL_REASONS
from exporter.registration.refusals import Refusal
from exporter.registration.registrar import NEVER, ConsulRegistrar, Timing, UnfinishedError

log = structlog.get_logger()
# Of hundreds of containers that start at once many are taken together.
BURST_SECONDS = 0.2
ENDPOINTS = Family(
    "vigie_autodiscovery_endpoints",
    "gauge",
    "Endpoints that containers ask for by labels, by how they stand in Consul: registered, pending (not yet), "
    "crashed (kept, failing), leaving.",
    ("state",),
)
REFUSED = Family(
    "vigie_autodiscovery_refused", "gauge", "What containers' labels ask for and do not get, by why.", ("reason",)
)

DECLINED = Family(
    "vigie_integration_declined",
    "gauge",
    "Containers whose label vigie.integration is none, so that nobody proposes one: 1.",
    ("name",),
)

NO_FILES = IntegrationFiles(Path(os.devnull), Known())


class Containers(Protocol):
    """Who knows the containers: `exporter.docker.inventory.Inventory`."""

    def snapshot(self) -> Snapshot:
        """Return what is known now."""

    def wait(self, known_generation: int, timeout_seconds: float) -> Snapshot:
        """Return what is known once it has changed, or after a while."""


class RegisteredHost(Protocol):
    """Who this host is in Consul: `exporter.registration.host_registrar.HostRegistrar`."""

    @property
    def announcement(self) -> Announcement:
        """What is announced of this host."""

    @property
    def maintenance(self) -> str | None:
        """The reason for which all that is ours is in maintenance."""


class ContainerRegistrar(ConsulRegistrar):
    """Registers what containers' labels ask for, looks after it, and takes it away with the container or the host."""

    thread_name = "container registrar"
    errors_family = Family(
        "vigie_autodiscovery_errors_total",
        "counter",
        "Calls to the Consul agent for containers' endpoints that failed.",
        ("reason",),
    )
    failure_event = "applications can't be registered, trying again"
    unfinished_event = "leaving without having deregistered every application"
    acl_rule = ("service_prefix", SERVICE_PREFIX)

    def __init__(
        self,
        agent: Agent,
        containers: Containers,
        host: RegisteredHost,
        limits: Limits,
        timing: Timing,
        files: AskingFiles = NO_FILES,
        *,
        is_prometheus_here: bool = False,
    ) -> None:
        super().__init__(agent, timing)
        self._containers = containers
        self._host = host
        self._limits = limits
        self._files = files
        own = host.announcement
        host_name = own.host_name
        self._place = Place(host_name, own.advertise_address, is_prometheus_here, own.port, own.scheme)
        self._plan = Plan(host_name, {}, frozenset(), ())
        self._reconciling = threading.Lock()
        self._reconciler = Reconciler(agent, timing.leave_window_seconds, self._ending, self._count)
        self._reconciled: tuple[object, ...] | None = None
        self._reconciled_at = NEVER
        self._declined: tuple[str, ...] = ()
        self._is_gone = False
        self._logged: frozenset[Refusal] = frozenset()

    @property
    def checks(self) -> Targets:
        """What this exporter checks, by the name under which it serves each."""
        return self._plan.checks

    def page(self) -> bytes:
        """Return how many endpoints there are and how they stand, as far as the agent was last read."""
        reasons = [refusal.reason for refusal in self._plan.refusals]
        return render([
            *(Sample(ENDPOINTS, count, (state,)) for state, count in self._states().items()),
            *(Sample(REFUSED, reasons.count(reason), (reason,)) for reason in REFUSAL_REASONS),
            *(Sample(DECLINED, 1, (name,)) for name in self._declined),
            *self._error_samples(),
        ])  # fmt: skip

    def _has_left(self) -> bool:
        return self._is_gone

    def _leave(self) -> None:
        with self._reconciling:  # a pass that is under way ends first, and none comes after
            if self._reconciler.held and self._try(self._reconciler.announce_all):
                self._wait_leave_window()
                self._try(self._reconciler.deregister_all)
        self._is_gone = True

    def _step(self) -> None:
        if self._ending.wait(BURST_SECONDS):
            return
        snapshot = self._containers.snapshot()
        self._follow(snapshot)
        self._backoff.reset()
        wait_seconds = self._reconciler.seconds_to_next(self._timing.watch_interval_seconds)
        self._containers.wait(snapshot.generation, wait_seconds)

    def _follow(self, snapshot: Snapshot) -> None:
        """Bring Consul to what the containers ask for, when something has changed or it is time to compare."""
        asking = tuple(
            container
            for container in snapshot.containers.values()
            if is_asking(container) and container.state != "created"
        )
        self._declined = tuple(sorted(filter(None, map(declines, snapshot.containers.values()))))
        files = self._files.read()
        wanted = (*asking, *files.items())
        is_idle = not (wanted or self._reconciler.held)
        has_elapsed = monotonic() - self._reconciled_at >= self._timing.watch_interval_seconds
        is_due = has_elapsed or self._reconciler.leaving
        is_unknown = not snapshot.is_known and not (snapshot.is_unavailable and (files or self._reconciler.held))
        if is_unknown or (wanted == self._reconciled and (is_idle or not is_due)):
            return
        with self._reconciling:
            if not self._ending.is_set():
                self._reconcile(snapshot, files)
                self._reconciled, self._reconciled_at = wanted, monotonic()

    def _reconcile(self, snapshot: Snapshot, files: Mapping[str, Asked]) -> None:
        self._reconciled = None  # until it has worked
        self._make_plan(snapshot, files)
        node = self._agent.node()
        check_node(self._host.announcement, node)
        address = self._host.announcement.advertise_address or (node.address if node is not None else "")
        if address != self._place.address:
            self._place = self._place._replace(address=address)
            self._make_plan(snapshot, files)
        if not self._reconciler.reconcile(self._plan, self._host.maintenance):
            raise UnfinishedError
        self._last_failure = ""

    def _make_plan(self, snapshot: Snapshot, files: Mapping[str, Asked]) -> None:
        software = Software(self._files.known, self._files.of_containers())
        plan = make_plan(snapshot.containers, self._place, self._limits, time.time(), software)
        plan = add_files(plan, files, self._place, self._limits, software)
        self._plan = plan if snapshot.is_known else keep_containers(plan, self._reconciler.held)
        # One line for each container and reason, whatever number of labels somebody wrote.
        first = {(refusal.container, refusal.reason): refusal for refusal in reversed(self._plan.refusals)}
        for refusal in sorted(set(first.values()) - self._logged):
            log.warning(
                "refused what a container asks for",
                container=refusal.container,
                reason=refusal.reason,
                why=refusal.detail,
            )
        self._logged = frozenset(first.values())

    def _states(self) -> dict[str, int]:
        held, planned, leaving = set(self._reconciler.held), set(self._plan.records), set(self._reconciler.leaving)
        return {
            "registered": len(held & planned),
            "pending": len(planned - held),
            "crashed": len(held - planned - leaving),
            "leaving": len(leaving),
        }
