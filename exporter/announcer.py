"""Keeps this exporter registered in Consul from its start to its leaving, on a thread of its own."""

import random
import threading
from collections.abc import Callable
from typing import TypeVar

import consul
import requests
import structlog

from exporter.agent import Agent
from exporter.registration import LEAVING, OUR_MARKS, Announcement, Record, build_record, service_id
from exporter.text import Family, Sample, render
from vigie.errors import ProblemError

log = structlog.get_logger()

T = TypeVar("T")
FAILURES = (consul.ConsulException, requests.RequestException, OSError, ProblemError)
FIRST_RETRY_SECONDS = 0.5
JOIN_SECONDS = 2.0
STATES = ("registered", "unconfirmed", "failed", "left")
STATE = Family(
    "vigie_registration_state",
    "gauge",
    "How this exporter's registration in Consul stands: 1 for the one state that holds, 0 for the others.",
    ("state",),
)
ERRORS = Family("vigie_registration_errors_total", "counter", "Calls to the Consul agent that failed.")


class Announcer:
    """Registers, watches that the agent keeps us, registers again when it lost us, and leaves announced."""

    def __init__(self, agent: Agent, wanted: Announcement, retry_seconds: float) -> None:
        self._agent = agent
        self._wanted = wanted
        self._id = service_id(wanted.host_name, wanted.port)
        self._retry_seconds = retry_seconds
        self._ending = threading.Event()
        self._state = "failed"
        self._errors = 0
        self._last_failure = ""
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)

    def start(self) -> None:
        """Begin to register; metrics are served meanwhile."""
        self._thread.start()

    def page(self) -> bytes:
        """Return how the registration stands."""
        samples = [Sample(STATE, int(state == self._state), (state,)) for state in STATES]
        return render([*samples, Sample(ERRORS, self._errors)])

    def leave(self, window_seconds: float) -> None:
        """Announce the leaving, wait until everybody can have seen it, and deregister; give up when Consul is away.

        The pause lets a watcher that reads once a second see the mark before the service is gone.
        """
        self._ending.set()
        if self._state in {"registered", "unconfirmed"}:
            self._try(lambda: self._agent.set_maintenance(self._id, LEAVING))
            threading.Event().wait(window_seconds)
            self._try(lambda: self._agent.deregister(self._id))
            self._state = "left"
        self._thread.join(JOIN_SECONDS)  # the deregistration has just woken it
        if not self._thread.is_alive():
            self._agent.close()

    def _run(self) -> None:
        pause_seconds = FIRST_RETRY_SECONDS
        while not self._ending.is_set():
            if self._try(self._register_and_watch) is None and not self._ending.is_set():
                # Jitter, so that a fleet does not come back to a restarted Consul in one instant.
                self._ending.wait(random.uniform(0.5, 1.0) * pause_seconds)  # noqa: S311 - not a secret
                pause_seconds = min(self._retry_seconds, pause_seconds * 2)
            else:
                pause_seconds = FIRST_RETRY_SECONDS

    def _register_and_watch(self) -> bool:
        """Register, and return True once the agent has lost us."""
        record = build_record(self._wanted, self._agent.node())
        self._agent.register(record)
        self._clear_own_mark()
        known_hash = self._agent.wait_for_change(self._id, "")
        while known_hash and not self._ending.is_set():
            self._confirm(record)
            known_hash = self._agent.wait_for_change(self._id, known_hash)
        if not self._ending.is_set():
            log.warning("the Consul agent has lost this service; registering again", service_id=self._id)
        return True

    def _clear_own_mark(self) -> None:
        """Take away a mark of an earlier run, which survives a restart; other people's maintenance stays."""
        reason = self._agent.maintenance_reason(self._id)
        if reason is not None and reason.startswith(OUR_MARKS):
            self._agent.set_maintenance(self._id, None)

    def _confirm(self, record: Record) -> None:
        state = "registered" if self._agent.is_in_catalog(self._id) else "unconfirmed"
        self._last_failure = ""
        if state != self._state:
            log.info(
                "registered in Consul" if state == "registered" else "Consul's agent has us, its catalog not yet",
                service_id=record.id,
                address=record.address,
                port=record.port,
            )
        self._state = state

    def _try(self, call: Callable[[], T]) -> T | None:
        """Return what `call` gives, None when it fails; the one place where the announcer's errors are caught."""
        try:
            return call()
        except FAILURES as error:
            self._errors += 1
            if self._state != "left" and not self._ending.is_set():
                self._state = "failed"
            reason = f"{type(error).__name__}: {error}"
            if reason != self._last_failure:
                log.warning("Consul registration failed, trying again", agent=self._agent.url, reason=reason)
                self._last_failure = reason
            return None
