"""Answers the scrapes of checked servers: each in its own time, and none in the way of the host's page."""

import threading
from collections import Counter
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Literal, NamedTuple, get_args

import structlog

from exporter.base.check import Check, DeniedError
from exporter.exposition.text import Family, Sample, render
from exporter.integrations.loading import NoCheckError, make_check
from exporter.integrations.targets import CheckTarget, Targets
from exporter.parsing import items
from vigie.core.errors import ProblemError

log = structlog.get_logger()
State = Literal["ok", "denied", "unreachable", "timeout", "invalid", "error"]
STATES: tuple[State, ...] = get_args(State)
STATE = Family(
    "vigie_integration_state",
    "gauge",
    "How the check of this server fared: ok, denied (login refused), unreachable, timeout, invalid (another protocol, "
    "or an answer that can't be understood), error.",
    ("integration", "state"),
)
DURATION = Family("vigie_integration_duration_seconds", "gauge", "How long the check took.", ("integration",))
ITEMS_FAILED = Family(
    "vigie_integration_items_failed", "gauge", "What the check left out, for it can't be understood.", ("integration",)
)
COUNT = Family(
    "vigie_integration_targets", "gauge", "Servers that this exporter checks, by how the last check fared.", ("state",)
)
DENIED_RETRY_MAX_SECONDS = 300.0


# The state by what a check raises; the first that fits.
RAISED: tuple[tuple[tuple[type[Exception], ...], State], ...] = (
    ((DeniedError, ProblemError), "denied"),
    ((TimeoutError,), "timeout"),
    ((OSError,), "unreachable"),
    ((ValueError, LookupError, TypeError), "invalid"),
    ((NoCheckError,), "error"),
)


class Outcome(NamedTuple):
    """What one check gave."""

    page: bytes
    state: State
    reason: str = ""
    items_failed: int = 0


class _Slot:
    """What is kept of one target between its scrapes."""

    def __init__(self, target: CheckTarget) -> None:
        self.target = target
        self.check: Check | None = None
        self.is_running = False
        self.denied_until = 0.0
        self.denied_seconds = 0.0
        self.last = Outcome(b"", "ok")


class Checks:
    """Runs the checks: at most `max_checks` at once, each on a thread of its own, that is left alone when it hangs."""

    def __init__(self, targets: Callable[[], Targets], deadline_seconds: float, max_checks: int) -> None:
        """Take who tells what is checked, how long a check may take, and how many may run at once."""
        self._targets = targets
        self._deadline_seconds = deadline_seconds
        self._places = threading.BoundedSemaphore(max_checks)
        self._lock = threading.Lock()
        self._slots: dict[str, _Slot] = {}

    def page_of(self, name: str) -> bytes | None:
        """Return the page of a target, None when there is none of that name."""
        began = monotonic()
        slot = self._slot(name)
        if slot is None:
            return None
        outcome = self._run(slot, began + self._deadline_seconds)
        integration = slot.target.integration.manifest.name
        if outcome.reason != slot.last.reason:
            self._tell(slot, outcome)
        slot.last = outcome
        return outcome.page + render([
            Sample(STATE, 1, (integration, outcome.state)),
            Sample(DURATION, monotonic() - began, (integration,)),
            Sample(ITEMS_FAILED, outcome.items_failed, (integration,)),
        ])  # fmt: skip

    def try_once(self, name: str) -> Outcome:
        """Return what the check of a target gives now, without a log line; raise KeyError when there is none."""
        slot = self._slot(name)
        if slot is None:
            raise KeyError(name)
        return self._run(slot, monotonic() + self._deadline_seconds)

    def page(self) -> bytes:
        """Return how many servers are checked, by state; nothing where none is."""
        names = self._targets().keys()
        with self._lock:
            states = Counter(slot.last.state for name, slot in self._slots.items() if name in names)
        return render([Sample(COUNT, states[state], (state,)) for state in STATES]) if names else b""

    def _slot(self, name: str) -> _Slot | None:
        targets = self._targets()
        with self._lock:
            self._slots = {key: slot for key, slot in self._slots.items() if key in targets}
            target = targets.get(name)
            if target is None:
                return None
            slot = self._slots.get(name)
            if slot is None or slot.target != target:
                slot = self._slots[name] = _Slot(target)
            return slot

    def _run(self, slot: _Slot, end: float) -> Outcome:
        """Return what the check gives before `end`; one that hangs is not begun again before it has come back."""
        with self._lock:
            if slot.is_running:
                return self._failed(slot, "timeout", "the check before has not come back yet")
            if monotonic() < slot.denied_until:
                return self._failed(slot, "denied", slot.last.reason)
            slot.is_running = True
        if not self._places.acquire(timeout=max(0.0, end - monotonic())):
            slot.is_running = False
            return self._failed(slot, "timeout", "others took all of this check's time")
        results: SimpleQueue[Outcome] = SimpleQueue()
        threading.Thread(target=self._work, args=(slot, end, results), name="check", daemon=True).start()
        try:
            return results.get(timeout=max(0.0, end - monotonic()))
        except Empty:
            return self._failed(slot, "timeout", "no answer in time")

    def _work(self, slot: _Slot, end: float, results: "SimpleQueue[Outcome]") -> None:
        try:
            outcome = self._read(slot, end)
            self._remember_denial(slot, is_denied=outcome.state == "denied")
            results.put(outcome)
        finally:
            slot.is_running = False
            self._places.release()

    def _read(self, slot: _Slot, end: float) -> Outcome:
        """Return the outcome of one check; the one place where its errors are caught."""
        target = slot.target
        skipped = items.begin()
        try:
            slot.check = slot.check or make_check(target.integration)
            page = slot.check.read(target.server, target.login.read(), max(0.001, end - monotonic()))
        except Exception as error:  # noqa: BLE001 - whatever a check raises costs its own page only
            return self._failed(slot, *_judge(error))
        return Outcome(page, "ok", items_failed=skipped.count)

    @staticmethod
    def _failed(slot: _Slot, state: State, reason: str) -> Outcome:
        return Outcome(slot.check.page_when_down() if slot.check else b"", state, reason[:300])

    @staticmethod
    def _remember_denial(slot: _Slot, *, is_denied: bool) -> None:
        """Ask a server that refuses our login ever less often: it may lock us out, and it logs each try."""
        if not is_denied:
            slot.denied_seconds = slot.denied_until = 0.0
            return
        first = slot.check.denied_retry_seconds if slot.check else DENIED_RETRY_MAX_SECONDS
        slot.denied_seconds = min(slot.denied_seconds * 2 or first, DENIED_RETRY_MAX_SECONDS)
        slot.denied_until = monotonic() + slot.denied_seconds

    @staticmethod
    def _tell(slot: _Slot, outcome: Outcome) -> None:
        """Log how a check fares when that changes, not at each scrape."""
        target = slot.target
        known = {"target": target.name, "integration": target.integration.manifest.name}
        if outcome.reason:
            log.warning("check failed", **known, state=outcome.state, reason=outcome.reason)
        else:
            log.info("check answers again", **known)


def _judge(error: Exception) -> tuple[State, str]:
    """Return the state that an error means, and the reason to tell."""
    state = next((state for kinds, state in RAISED if isinstance(error, kinds)), None)
    if state is None:
        return "error", f"{type(error).__name__}: {error}"
    return state, (error.strerror if isinstance(error, OSError) and error.strerror else str(error))
