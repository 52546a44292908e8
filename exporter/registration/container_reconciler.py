"""Brings what a Consul agent holds of ours to a plan: one pass at a time, with no write where nothing has changed."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic

import consul
import structlog

from exporter.registration.agent import Agent
from exporter.registration.container_plan import Plan, is_ours
from exporter.registration.maintenance import is_ours_to_set
from exporter.registration.record import LEAVING, Record

log = structlog.get_logger()


class Reconciler:
    """Knows which of our services the agent holds (`held`), and which have announced their leaving (`leaving`).

    A service leaves in two passes: it is put into maintenance first, and deregistered once `window_seconds` have
    passed, so that whoever reads Consul once a second can tell a leaving from a loss. A service that is planned again
    meanwhile stays.
    """

    def __init__(
        self, agent: Agent, window_seconds: float, ending: threading.Event, on_refused: Callable[[Exception], None]
    ) -> None:
        """Take the agent, what ends a pass half-way, and who hears of a service that Consul refuses."""
        self.agent = agent
        self._ending = ending
        self.held: Mapping[str, Record] = {}
        self.leaving: dict[str, float] = {}
        self._window_seconds = window_seconds
        self._on_refused = on_refused
        self._written: set[str] = set()

    def reconcile(self, plan: Plan, maintenance: str | None) -> bool:
        """Do what can be done now; return whether every call worked, raise OSError when the agent is away.

        `maintenance` is the reason for which all that is ours is in maintenance, None for no reason. Raises
        consul.ConsulException when the agent does not tell what it holds.
        """
        self.held = self._read_held(plan.host_name)
        reasons = self.agent.maintenance_reasons() if self.held or plan.records else {}
        worked = True
        for service_id in [*plan.records, *(key for key in self.held if key not in plan.records)]:
            if not self._ending.is_set():
                worked &= self._call(
                    partial(self._settle_service, service_id, plan, reasons.get(service_id), maintenance)
                )
        self.held = self._read_held(plan.host_name) if plan.records or self.held else {}
        self.leaving = {key: since for key, since in self.leaving.items() if key in self.held}
        return worked

    def seconds_to_next(self, longest_seconds: float) -> float:
        """Return after how long the next service that is leaving is to be deregistered, at most `longest_seconds`."""
        ends = [since + self._window_seconds - monotonic() for since in self.leaving.values()]
        return max(0.0, min([longest_seconds, *ends]))

    def announce_all(self) -> None:
        """Announce that all that is ours leaves; raise OSError when the agent is away."""
        for service_id in self.held:
            if service_id not in self.leaving:
                self._call(partial(self._announce, service_id))

    def deregister_all(self) -> None:
        """Deregister all that is ours; raise OSError when the agent is away."""
        for service_id in self.held:
            self._call(partial(self.agent.deregister, service_id))

    def _read_held(self, host_name: str) -> dict[str, Record]:
        return {key: record for key, record in self.agent.services().items() if is_ours(record, host_name)}

    def _settle_service(self, service_id: str, plan: Plan, reason: str | None, maintenance: str | None) -> None:
        self._write(service_id, plan.records.get(service_id) or self.held[service_id])
        # One that crashed stays, so that it can page, but not where another one answers by now.
        is_kept = plan.keeps(service_id) and not plan.gives_away(self.held[service_id])
        if service_id in plan.records or is_kept:
            self.leaving.pop(service_id, None)
            self._settle(service_id, reason, maintenance)
        else:
            self._leave(service_id)

    def _call(self, call: Callable[[], None]) -> bool:
        """Return whether `call` worked: what Consul refuses for one service must not hold up the others."""
        try:
            call()
        except consul.ConsulException as error:
            self._on_refused(error)
            return False
        return True

    def _write(self, service_id: str, record: Record) -> None:
        """Register what is not there, or is otherwise; once also what an earlier run left, for its token's sake."""
        held = self.held.get(service_id)
        is_same = held is not None and held == record._replace(check={})
        if is_same and service_id in self._written and not self.agent.has_new_token(service_id):
            return
        self.agent.register(record)
        self._written.add(service_id)
        if not is_same:
            log.info("registered an application", service_id=service_id, address=record.address, port=record.port)

    def _settle(self, service_id: str, reason: str | None, maintenance: str | None) -> None:
        """Bring our maintenance to what it should be; other people's maintenance is left."""
        if reason != maintenance and is_ours_to_set(reason):
            self.agent.set_maintenance(service_id, maintenance)

    def _leave(self, service_id: str) -> None:
        since = self.leaving.get(service_id)
        if since is None:
            self._announce(service_id)
        elif monotonic() - since >= self._window_seconds:
            self.agent.deregister(service_id)
            self._written.discard(service_id)
            log.info("deregistered an application", service_id=service_id)

    def _announce(self, service_id: str) -> None:
        self.agent.set_maintenance(service_id, LEAVING)
        self.leaving[service_id] = monotonic()
