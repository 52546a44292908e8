"""Keeps the applications of this host's containers registered in Consul, on a thread of its own."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Protocol

import structlog

from exporter.docker.container import Container
from exporter.docker.inventory import Snapshot
from exporter.exposition.text import Family, Sample, render
from exporter.registration.agent import Agent
from exporter.registration.container_address import Place
from exporter.registration.container_labels import REASONS as REFUSAL_REASONS
from exporter.registration.container_labels import SERVICE_PREFIX, Refusal, is_asking
from exporter.registration.container_plan import Limits, Plan, make_plan
from exporter.registration.container_reconciler import Reconciler
from exporter.registration.failures import FAILURES, REASONS, describe
from exporter.registration.host_registrar import FIRST_PAUSE_SECONDS, LEAVE_SECONDS, NEVER, Timing
from exporter.registration.record import Announcement, check_node

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
ERRORS = Family(
    "vigie_autodiscovery_errors_total",
    "counter",
    "Calls to the Consul agent for containers' endpoints that failed.",
    ("reason",),
)


class Containers(Protocol):
    """Who knows the containers: `exporter.docker.inventory.Inventory`."""

    def snapshot(self) -> Snapshot:
        """Return what is known now."""

    def wait(self, known_generation: int, timeout_seconds: float) -> Snapshot:
        """Return what is known once it has changed, or after a while."""


class Host(Protocol):
    """Who this host is in Consul: `exporter.registration.host_registrar.Announcer`."""

    @property
    def wanted(self) -> Announcement:
        """What is announced of this host."""

    @property
    def mark(self) -> str | None:
        """For which reason all that is ours is in maintenance."""


class Registrar:
    """Registers what containers' labels ask for, looks after it, and takes it away with the container or the host."""

    def __init__(
        self,
        agent: Agent,
        containers: Containers,
        host: Host,
        limits: Limits,
        timing: Timing,
        *,
        is_prometheus_here: bool = False,
    ) -> None:
        self._agent = agent
        self._containers = containers
        self._host = host
        self._limits = limits
        self._timing = timing
        self._place = Place(host.wanted.host_name, host.wanted.advertise_address, is_prometheus_here)
        self._plan = Plan(host.wanted.host_name, {}, frozenset(), ())
        self._ending = threading.Event()
        self._busy = threading.Lock()
        self._reconciler = Reconciler(agent, timing.leave_window_seconds, self._ending, self._note)
        self._seen: tuple[Container, ...] | None = None
        self._looked_at = NEVER
        self._errors = dict.fromkeys(REASONS, 0)
        self._last_failure = ""
        self._said: frozenset[Refusal] = frozenset()
        self._thread = threading.Thread(target=self._run, name="registrar", daemon=True)

    def start(self) -> None:
        """Begin to register, as soon as the containers are known and the agent answers."""
        self._thread.start()

    def page(self) -> bytes:
        """Return how many endpoints there are and how they stand, as far as the agent was last seen."""
        refusals = [one.reason for one in self._plan.refusals]
        return render([
            *(Sample(ENDPOINTS, count, (state,)) for state, count in self._states().items()),
            *(Sample(REFUSED, refusals.count(reason), (reason,)) for reason in REFUSAL_REASONS),
            *(Sample(ERRORS, count, (reason,)) for reason, count in self._errors.items()),
        ])  # fmt: skip

    def leave(self) -> None:
        """Announce that everything leaves with the host, and deregister it; give up when Consul hangs."""
        self._ending.set()
        leaver = threading.Thread(target=self._leave, name="applications leaver", daemon=True)
        leaver.start()
        leaver.join(self._timing.leave_window_seconds + LEAVE_SECONDS)
        if leaver.is_alive():
            log.warning("leaving without having deregistered every application")
        else:
            self._agent.close()

    def _leave(self) -> None:
        with self._busy:  # a pass that is under way ends first, and none comes after
            if self._reconciler.held and self._try(self._reconciler.announce_all):
                threading.Event().wait(self._timing.leave_window_seconds)
                self._try(self._reconciler.deregister_all)

    def _run(self) -> None:
        pause_seconds = FIRST_PAUSE_SECONDS
        while not self._ending.wait(BURST_SECONDS):
            snapshot = self._containers.snapshot()
            if self._try(lambda: self._follow(snapshot)):  # noqa: B023 - called at once
                pause_seconds = FIRST_PAUSE_SECONDS
                wait_seconds = self._reconciler.seconds_to_next(self._timing.watch_seconds)
                self._containers.wait(snapshot.generation, wait_seconds)
            else:
                # Jitter, so that a fleet does not come back to a restarted Consul in one instant.
                self._ending.wait(random.uniform(0.5, 1.0) * pause_seconds)  # noqa: S311 - not a secret
                pause_seconds = min(self._timing.retry_seconds, pause_seconds * 2)

    def _follow(self, snapshot: Snapshot) -> None:
        """Bring Consul to what the containers ask for, when something has changed or it is time to look."""
        asking = tuple(one for one in snapshot.containers.values() if is_asking(one) and one.state != "created")
        is_quiet = not (asking or self._reconciler.held)
        is_due = monotonic() - self._looked_at >= self._timing.watch_seconds or self._reconciler.leaving
        if not snapshot.is_known or (asking == self._seen and (is_quiet or not is_due)):
            return
        with self._busy:
            if not self._ending.is_set():
                self._reconcile(snapshot.containers)
                self._seen, self._looked_at = asking, monotonic()

    def _reconcile(self, containers: Mapping[str, Container]) -> None:
        self._seen = None  # until it has worked
        self._make_plan(containers)
        node = self._agent.node()
        check_node(self._host.wanted, node)
        address = self._host.wanted.advertise_address or (node.address if node is not None else "")
        if address != self._place.address:
            self._place = self._place._replace(address=address)
            self._make_plan(containers)
        if not self._reconciler.reconcile(self._plan, self._host.mark):
            raise UnfinishedError
        self._last_failure = ""

    def _make_plan(self, containers: Mapping[str, Container]) -> None:
        self._plan = make_plan(containers, self._place, self._limits, time.time())
        # One line for each container and reason, whatever number of labels somebody wrote.
        first = {(one.container, one.reason): one for one in reversed(self._plan.refusals)}
        for one in sorted(set(first.values()) - self._said):
            log.warning("refused what a container asks for", container=one.container, reason=one.reason, why=one.detail)
        self._said = frozenset(first.values())

    def _states(self) -> dict[str, int]:
        held, planned, leaving = set(self._reconciler.held), set(self._plan.records), set(self._reconciler.leaving)
        return {
            "registered": len(held & planned),
            "pending": len(planned - held),
            "crashed": len(held - planned - leaving),
            "leaving": len(leaving),
        }

    def _try(self, call: Callable[[], None]) -> bool:
        """Return whether `call` worked; the one place where what goes wrong with Consul ends."""
        try:
            call()
        except UnfinishedError:
            return False
        except FAILURES as error:
            self._note(error)
            return False
        return True

    def _note(self, error: Exception) -> None:
        """Count a failure, and log it when it is another than the last."""
        reason, text = describe(error, SERVICE_PREFIX, self._agent.token_file, "service_prefix")
        self._errors[reason] += 1
        if text != self._last_failure:
            log.warning("applications can't be registered, trying again", reason=reason, problem=text)
            self._last_failure = text


class UnfinishedError(Exception):
    """Consul has refused something, which is noted already; the rest is done."""
