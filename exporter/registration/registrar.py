"""What both registrars share: a thread that tries again after a failure, and an end that is announced."""

import threading
from collections.abc import Callable, Iterator
from typing import ClassVar, NamedTuple

import structlog

from exporter.base.backoff import Backoff
from exporter.exposition.text import Family, Sample
from exporter.registration.agent import Agent
from exporter.registration.failures import FAILURES, REASONS, describe
from vigie.core.thread_restarts import watched_thread

log = structlog.get_logger()

NEVER = float("-inf")
# Beside the window: what the calls to the agent may take, so that the whole end, answers under way included, stays
# within the ten seconds after which service managers kill.
LEAVE_SECONDS = 3.0


class Timing(NamedTuple):
    """How long things last, in seconds: see `exporter.settings`."""

    watch_interval_seconds: float = 20.0
    retry_backoff_seconds: float = 30.0
    confirm_interval_seconds: float = 300.0
    leave_window_seconds: float = 2.0


class UnfinishedError(Exception):
    """Consul has refused something, which is counted already; the rest is done."""


class ConsulRegistrar:
    """Calls `_step` on a thread of its own, again and again until `leave`; pauses after each failure.

    A subclass gives `_step`, `_leave` (announce the leaving, wait, deregister) and `_has_left`.
    """

    thread_name: ClassVar[str]
    errors_family: ClassVar[Family]
    failure_event: ClassVar[str]
    unfinished_event: ClassVar[str]
    acl_rule: ClassVar[tuple[str, str]]  # its kind and the name that it covers: what a token needs

    def __init__(self, agent: Agent, timing: Timing) -> None:
        self._agent = agent
        self._timing = timing
        self._ending = threading.Event()
        self._backoff = Backoff(timing.retry_backoff_seconds)
        self._errors = dict.fromkeys(REASONS, 0)
        self._last_failure = ""
        self._thread = watched_thread(self.thread_name, self._run, self._after_death)

    def start(self) -> None:
        """Begin to register; metrics are served meanwhile."""
        self._thread.start()

    def leave(self) -> None:
        """Announce the leaving, wait until everybody can have seen it, and deregister; give up when Consul hangs.

        The wait lets a watcher that reads once a second see the maintenance before the service is gone.
        """
        self._ending.set()
        leaver = threading.Thread(target=self._leave, name=f"{self.thread_name} leaving", daemon=True)
        leaver.start()
        leaver.join(self._timing.leave_window_seconds + LEAVE_SECONDS)
        if self._has_left():
            self._close()
        else:
            log.warning(self.unfinished_event)

    def _step(self) -> None:
        raise NotImplementedError

    def _leave(self) -> None:
        raise NotImplementedError

    def _has_left(self) -> bool:
        raise NotImplementedError

    def _close(self) -> None:
        self._agent.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            if self._try(self._step):
                self._backoff.reset()
            else:
                self._ending.wait(self._backoff.next_seconds())

    def _wait_leave_window(self) -> None:
        threading.Event().wait(self._timing.leave_window_seconds)

    def _try(self, call: Callable[[], None]) -> bool:
        """Return whether `call` worked; the one place where what goes wrong with Consul ends."""
        try:
            call()
        except UnfinishedError:
            return False
        except FAILURES as error:
            self._after_failure()
            self._count(error)
            return False
        return True

    def _after_failure(self) -> None:
        """Take note that a call failed."""

    def _after_death(self, _thread: str) -> None:
        """Take note that the thread died of something unexpected, and begins anew."""
        self._after_failure()
        self._errors["internal"] += 1

    def _count(self, error: Exception) -> None:
        """Count a failure, and log it when it is another than the last."""
        kind, name = self.acl_rule
        reason, text = describe(error, name, self._agent.token_file, kind)
        self._errors[reason] += 1
        if text != self._last_failure:
            log.warning(self.failure_event, agent=self._agent.url, reason=reason, problem=text)
            self._last_failure = text

    def _error_samples(self) -> Iterator[Sample]:
        yield from (Sample(self.errors_family, count, (reason,)) for reason, count in self._errors.items())
