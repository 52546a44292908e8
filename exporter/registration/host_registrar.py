"""Keeps this exporter registered in Consul from its start to its leaving, on a thread of its own."""

import random
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import NamedTuple, TypeVar

import structlog

from exporter.exposition.text import Family, Sample, render
from exporter.registration.agent import Agent
from exporter.registration.failures import FAILURES, REASONS, describe
from exporter.registration.maintenance import settle_marks
from exporter.registration.record import LEAVING, SERVICE, Announcement, Node, Record, build_record, owner, service_id
from exporter.registration.stale import clear_leftovers

log = structlog.get_logger()

T = TypeVar("T")
FIRST_PAUSE_SECONDS = 0.5
NEVER = float("-inf")
JOIN_SECONDS = 1.0
# Beside the window: what the calls to the agent may take, so that the whole end, answers under way included, stays
# within the ten seconds after which service managers kill.
LEAVE_SECONDS = 3.0
STATES = ("registered", "accepted", "unconfirmed", "failed", "left")
STATE = Family(
    "vigie_registration_state",
    "gauge",
    "How this exporter's registration in Consul stands: 1 for the one state that holds, 0 for the others.",
    ("state",),
)
ERRORS = Family("vigie_registration_errors_total", "counter", "Calls to the Consul agent that failed.", ("reason",))
SAID = {
    "registered": "registered in Consul",
    "accepted": 'Consul\'s agent has us; to see it in the catalog the token needs node "{host}" {{ policy = "read" }}',
    "unconfirmed": "Consul's agent has us, its catalog not yet",
}


class Timing(NamedTuple):
    """How long things last, in seconds: see `exporter.settings`."""

    watch_seconds: float = 20.0
    retry_seconds: float = 30.0
    confirm_seconds: float = 300.0
    leave_window_seconds: float = 2.0


class Announcer:
    """Registers, watches that the agent keeps us, registers again when it lost us, and leaves announced."""

    def __init__(self, agent: Agent, wanted: Announcement, timing: Timing) -> None:
        self._agent = agent
        self.wanted = wanted
        self._timing = timing
        self._id = service_id(wanted.host_name, wanted.port)
        self._ending = threading.Event()
        self._registering = threading.Lock()
        self._record: Record | None = None
        self._node = Node(wanted.host_name, "", "")
        self._facts: Mapping[str, str] = {}
        self._mark: str | None = None
        self._has_news = False
        self._state = "failed"
        self._confirmed_at = NEVER
        self._confirm_pause_seconds = FIRST_PAUSE_SECONDS
        self._errors = dict.fromkeys(REASONS, 0)
        self._last_failure = ""
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)

    def start(self) -> None:
        """Begin to register; metrics are served meanwhile."""
        self._thread.start()

    def page(self) -> bytes:
        """Return how the registration stands."""
        states = [Sample(STATE, int(state == self._state), (state,)) for state in STATES]
        return render([*states, *(Sample(ERRORS, count, (reason,)) for reason, count in self._errors.items())])

    @property
    def mark(self) -> str | None:
        """For which reason all that is ours is in maintenance, None for no reason."""
        return self._mark

    def set_facts(self, facts: Mapping[str, str]) -> None:
        """Put `facts` into our Meta, at once when we are registered; from any thread."""
        if facts != self._facts:
            self._facts = dict(facts)
            self._tell()

    def set_mark(self, reason: str | None) -> None:
        """Put our services into maintenance for `reason`, or take them out when None; from any thread."""
        if reason != self._mark:
            self._mark = reason
            self._tell()

    def leave(self) -> None:
        """Announce the leaving, wait until everybody can have seen it, and deregister; give up when Consul hangs.

        The pause lets a watcher that reads once a second see the mark before the service is gone.
        """
        self._ending.set()
        leaver = threading.Thread(target=self._leave, name="leaver", daemon=True)
        leaver.start()
        leaver.join(self._timing.leave_window_seconds + LEAVE_SECONDS)
        if self._state != "left" and self._record is not None:
            log.warning("leaving without having deregistered", service_id=self._id)
            return
        self._thread.join(JOIN_SECONDS)  # the deregistration has just woken it
        if not self._thread.is_alive() and not leaver.is_alive():
            self._agent.close()

    def _leave(self) -> None:
        with self._registering:  # a registration that is under way ends first, and none comes after
            if self._record is None:
                return
        if self._try(lambda: self._agent.set_maintenance(self._id, LEAVING)):
            threading.Event().wait(self._timing.leave_window_seconds)
        if self._try(lambda: self._agent.deregister(self._id)):
            self._state = "left"

    def _tell(self) -> None:
        """Register anew with what has changed; when that fails or nothing is registered yet, the thread will do it."""
        self._has_news = True
        if self._record is not None:
            self._try(self._register)

    def _run(self) -> None:
        pause_seconds = FIRST_PAUSE_SECONDS
        while not self._ending.is_set():
            if self._try(self._register_and_watch):
                pause_seconds = FIRST_PAUSE_SECONDS
            # Jitter, so that a fleet does not come back to a restarted Consul in one instant.
            self._ending.wait(random.uniform(0.5, 1.0) * pause_seconds)  # noqa: S311 - not a secret
            pause_seconds = min(self._timing.retry_seconds, pause_seconds * 2)

    def _register_and_watch(self) -> None:
        """Register, and return once that must be done again."""
        self._register()
        known_hash = self._agent.wait_for_change(self._id, "", 0)
        clear_leftovers(self._agent, self.wanted.host_name, self._id, self._timing.leave_window_seconds)
        while known_hash and not self._ending.is_set():
            if self._has_news or self._agent.has_new_token(self._id):
                return
            if self.wanted.check == "ttl":
                self._agent.pass_check(self._id)
            self._confirm()
            found_hash = self._agent.wait_for_change(self._id, known_hash, self._wait_seconds())
            if found_hash != known_hash:
                self._confirmed_at = NEVER  # registered anew, by another thread or by another program
            known_hash = found_hash
        if not self._ending.is_set():
            log.warning("the Consul agent has lost this service; registering again", service_id=self._id)

    def _register(self) -> None:
        """Register with all that is known now, and bring our marks to what they should be."""
        node = self._agent.node()
        with self._registering:
            if self._ending.is_set():
                return
            self._has_news = False
            try:
                record = build_record(self.wanted, node, self._facts)
                self._agent.register(record)
                self._record, self._node = record, node or self._node
                self._confirmed_at, self._confirm_pause_seconds = NEVER, FIRST_PAUSE_SECONDS
                settle_marks(self._agent, self._id, owner(self.wanted.host_name), self._mark)
            except FAILURES:
                self._has_news = True
                raise

    def _wait_seconds(self) -> float:
        """Return how long to watch: shortly while the catalog lacks us, and no longer than a TTL check allows."""
        wait_seconds = self._timing.watch_seconds
        if self._state == "unconfirmed":
            wait_seconds = min(wait_seconds, self._confirm_pause_seconds)
            self._confirm_pause_seconds *= 2
        return min(wait_seconds, self.wanted.check_interval_seconds) if self.wanted.check == "ttl" else wait_seconds

    def _confirm(self) -> None:
        """Read ourselves back from the catalog, seldom once it has us; servers that are away don't make us fail."""
        record = self._record
        is_due = monotonic() - self._confirmed_at >= self._timing.confirm_seconds
        if record is None or (self._state in {"registered", "accepted"} and not is_due):
            return
        try:
            found = self._agent.is_in_catalog(record, self._node)
        except FAILURES as error:
            self._note(error)
            state = "unconfirmed"
        else:
            state = {True: "registered", False: "unconfirmed", None: "accepted"}[found]
            self._last_failure = ""
        if state != self._state:
            said = SAID[state].format(host=self.wanted.host_name)
            log.info(said, service_id=record.id, address=record.address, port=record.port)
        self._state = state
        self._confirmed_at = monotonic()

    def _try(self, call: Callable[[], None]) -> bool:
        """Return whether `call` worked; here, and where the catalog is read, the announcer's errors are caught."""
        try:
            call()
        except FAILURES as error:
            if self._state != "left" and not self._ending.is_set():
                self._state = "failed"
            self._note(error)
            return False
        return True

    def _note(self, error: Exception) -> None:
        """Count a failure, and log it when it is another than the last."""
        reason, text = describe(error, SERVICE, self._agent.token_file)
        self._errors[reason] += 1
        if text != self._last_failure:
            log.warning("Consul registration failed, trying again", agent=self._agent.url, reason=reason, problem=text)
            self._last_failure = text
