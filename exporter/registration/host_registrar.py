"""Keeps this exporter registered in Consul from its start to its leaving.

    failed ──register, read back from the catalog──┬─ it is there ──────────────▶ registered ──┐
      ▲                                            ├─ it is not, or no leader ──▶ unconfirmed ─┤
      │                                            └─ the token may not read ───▶ accepted ────┤
      ├──────────────────────── a call to the agent failed ────────────────────────────────────┤
      │                                                                                 leave()│
    (start)           left ◀──leave window, deregister── maintenance `vigie: leaving` ◀────────┘

The three states on the right follow each other at each confirmation. When the agent has lost the service it is
registered again, and the state stays until the next confirmation. `docs/how-to/agents.md` shows the same.
"""

import threading
from collections.abc import Mapping
from time import monotonic

import structlog

from exporter.exposition.text import Family, Sample, render
from exporter.registration.agent import Agent
from exporter.registration.failures import FAILURES
from exporter.registration.maintenance import settle_maintenance
from exporter.registration.record import LEAVING, SERVICE, Announcement, Node, Record, build_record, owner, service_id
from exporter.registration.registrar import NEVER, ConsulRegistrar, Timing
from exporter.registration.stale import deregister_stale

log = structlog.get_logger()

FIRST_CONFIRM_SECONDS = 0.5
JOIN_SECONDS = 1.0
STATES = ("registered", "accepted", "unconfirmed", "failed", "left")
STATE = Family(
    "vigie_registration_state",
    "gauge",
    "How this exporter's registration in Consul stands: 1 for the one state that holds, 0 for the others.",
    ("state",),
)
EVENTS = {
    "registered": "registered in Consul",
    "accepted": 'Consul\'s agent has us; to see it in the catalog the token needs node "{host}" {{ policy = "read" }}',
    "unconfirmed": "Consul's agent has us, its catalog not yet",
}


class HostRegistrar(ConsulRegistrar):
    """Registers, watches that the agent keeps us, registers again when it lost us, and leaves announced."""

    thread_name = "host registrar"
    errors_family = Family(
        "vigie_registration_errors_total", "counter", "Calls to the Consul agent that failed.", ("reason",)
    )
    failure_event = "Consul registration failed, trying again"
    unfinished_event = "leaving without having deregistered"
    acl_rule = ("service", SERVICE)

    def __init__(self, agent: Agent, announcement: Announcement, timing: Timing) -> None:
        super().__init__(agent, timing)
        self.announcement = announcement
        self._id = service_id(announcement.host_name, announcement.port)
        self._registering = threading.Lock()
        self._record: Record | None = None
        self._node = Node(announcement.host_name, "", "")
        self._facts: Mapping[str, str] = {}
        self._maintenance: str | None = None
        self._is_outdated = False
        self._state = "failed"
        self._confirmed_at = NEVER
        self._confirm_pause_seconds = FIRST_CONFIRM_SECONDS

    def page(self) -> bytes:
        """Return how the registration stands."""
        states = (Sample(STATE, int(state == self._state), (state,)) for state in STATES)
        return render([*states, *self._error_samples()])

    @property
    def maintenance(self) -> str | None:
        """The reason for which all that is ours is in maintenance, None for no reason."""
        return self._maintenance

    def set_facts(self, facts: Mapping[str, str]) -> None:
        """Put `facts` into our Meta, at once when we are registered; from any thread."""
        if facts != self._facts:
            self._facts = dict(facts)
            self._update()

    def set_maintenance(self, reason: str | None) -> None:
        """Put our services into maintenance for `reason`, or take them out when None; from any thread."""
        if reason != self._maintenance:
            self._maintenance = reason
            self._update()

    def _has_left(self) -> bool:
        return self._state == "left" or self._record is None

    def _close(self) -> None:
        self._thread.join(JOIN_SECONDS)  # the deregistration has just woken it
        if not self._thread.is_alive():
            super()._close()

    def _leave(self) -> None:
        with self._registering:  # a registration that is under way ends first, and none comes after
            if self._record is None:
                return
        if self._try(lambda: self._agent.set_maintenance(self._id, LEAVING)):
            self._wait_leave_window()
        if self._try(lambda: self._agent.deregister(self._id)):
            self._state = "left"

    def _update(self) -> None:
        """Register anew with what has changed; when that fails or nothing is registered yet, the thread will do it."""
        self._is_outdated = True
        if self._record is not None:
            self._try(self._register)

    def _step(self) -> None:
        """Register, return once that must be done again, and pause for a moment."""
        self._register()
        content_hash = self._agent.wait_for_change(self._id, "", 0)
        deregister_stale(self._agent, self.announcement.host_name, self._id, self._timing.leave_window_seconds)
        while content_hash and not self._ending.is_set():
            if self._is_outdated or self._agent.has_new_token(self._id):
                break
            content_hash = self._watch(content_hash)
        if not content_hash and not self._ending.is_set():
            log.warning("the Consul agent has lost this service; registering again", service_id=self._id)
        self._backoff.reset()
        self._ending.wait(self._backoff.next_seconds())

    def _watch(self, content_hash: str) -> str:
        """Confirm the registration, then wait for a change; return the hash that holds now, "" when we are gone."""
        if self.announcement.check == "ttl":
            self._agent.pass_check(self._id)
        self._confirm()
        new_hash = self._agent.wait_for_change(self._id, content_hash, self._wait_seconds())
        if new_hash != content_hash:
            self._confirmed_at = NEVER  # registered anew, by another thread or by another program
        return new_hash

    def _register(self) -> None:
        """Register with all that is known now, and bring our maintenance to what it should be."""
        node = self._agent.node()
        with self._registering:
            if self._ending.is_set():
                return
            self._is_outdated = False
            try:
                record = build_record(self.announcement, node, self._facts)
                self._agent.register(record)
                self._record, self._node = record, node or self._node
                self._confirmed_at, self._confirm_pause_seconds = NEVER, FIRST_CONFIRM_SECONDS
                settle_maintenance(self._agent, self._id, owner(self.announcement.host_name), self._maintenance)
            except FAILURES:
                self._is_outdated = True
                raise

    def _wait_seconds(self) -> float:
        """Return how long to watch: shortly while the catalog lacks us, and no longer than a TTL check allows."""
        wait_seconds = self._timing.watch_interval_seconds
        if self._state == "unconfirmed":
            wait_seconds = min(wait_seconds, self._confirm_pause_seconds)
            self._confirm_pause_seconds *= 2
        is_ttl = self.announcement.check == "ttl"
        return min(wait_seconds, self.announcement.check_interval_seconds) if is_ttl else wait_seconds

    def _confirm(self) -> None:
        """Read ourselves back from the catalog, seldom once it has us; servers that are away don't make us fail."""
        record = self._record
        is_due = monotonic() - self._confirmed_at >= self._timing.confirm_interval_seconds
        if record is None or (self._state in {"registered", "accepted"} and not is_due):
            return
        try:
            is_there = self._agent.is_in_catalog(record, self._node)
        except FAILURES as error:
            self._count(error)
            state = "unconfirmed"
        else:
            state = {True: "registered", False: "unconfirmed", None: "accepted"}[is_there]
            self._last_failure = ""
        if state != self._state:
            event = EVENTS[state].format(host=self.announcement.host_name)
            log.info(event, service_id=record.id, address=record.address, port=record.port)
        self._state = state
        self._confirmed_at = monotonic()

    def _after_failure(self) -> None:
        if self._state != "left" and not self._ending.is_set():
            self._state = "failed"
