"""Runs the collectors of a scrape so that it always ends: one failure or hang costs only its own series."""

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter
from typing import NamedTuple

import structlog

from exporter.base.collector import Collector, LastCollector, NotApplicableError
from exporter.base.supplies import Supplies
from exporter.exposition.text import Block, Family
from exporter.parsing import items
from exporter.skipped_log import SkippedLog
from vigie.core.thread_restarts import watched_thread

log = structlog.get_logger()

DURATION = Family(
    "node_scrape_collector_duration_seconds",
    "gauge",
    "node_exporter: Duration of a collector scrape.",
    ("collector",),
    form="%.9f",
)
SUCCESS = Family(
    "node_scrape_collector_success", "gauge", "node_exporter: Whether a collector succeeded.", ("collector",)
)
STATE = Family(
    "vigie_collector_state",
    "gauge",
    "How a collector fared in this scrape: ok, not_applicable (the host lacks what it measures), error or timeout.",
    ("collector", "state"),
)
ITEMS_FAILED = Family(
    "vigie_collector_items_failed",
    "gauge",
    "Lines, fields, devices or files that the collector left out of this scrape: they can't be read or understood.",
    ("collector",),
)

# The families that follow the collectors' own.
OWN = DURATION.header() + SUCCESS.header() + STATE.header() + ITEMS_FAILED.header()


class Outcome(NamedTuple):
    """What a collector gave in one scrape."""

    page: bytes
    state: str
    duration_seconds: float
    items_failed: int = 0


UNAVAILABLE = Outcome(b"", "not_applicable", 0.0)


class _Job:
    """The collectors that one worker still has to run for one scrape, and what it has got so far."""

    def __init__(self, names: Sequence[str], page: bytes) -> None:
        self.todo = list(reversed(names))
        self.page_before = page
        self.outcomes: dict[str, Outcome] = {}
        self.current = ("", perf_counter())
        self.is_abandoned = False
        self.done: SimpleQueue[bool] = SimpleQueue()

    def page(self) -> bytes:
        """Return the page as far as it has come."""
        return self.page_before + b"".join(outcome.page for outcome in self.outcomes.values())


class Runner:
    """The collectors of one host and the threads that run them.

    All collectors of a scrape run one after the other on one worker thread, which is cheaper than a thread each. When
    one of them does not come back in time, its worker is left to it, the rest goes on with a new one, and the
    collector is not called again until its worker is free: so there is at most one thread for each stuck collector.
    """

    def __init__(
        self,
        supplies: Supplies,
        collectors: Mapping[str, Collector],
        collector_deadline_seconds: float = 2.0,
        unavailable_backoff_seconds: float = 0.0,
    ) -> None:
        """Take the collectors; one that is not applicable is called again only after `unavailable_backoff_seconds`."""
        self._supplies = supplies
        self.collectors = collectors
        self._deadline_seconds = collector_deadline_seconds
        self._lock = threading.Lock()
        self._handover = threading.Lock()  # held where a worker and a scrape agree on who has which collector
        self._unavailable_backoff_seconds = unavailable_backoff_seconds
        self._stuck: set[str] = set()
        self._unavailable_until: dict[str, float] = {}
        self._failing: dict[str, str] = {}
        self._skipped_log = SkippedLog()
        self._worker: SimpleQueue[_Job | None] | None = None
        self._durations, self._successes, self._states = Block(DURATION), Block(SUCCESS), Block(STATE)
        self._items_failed = Block(ITEMS_FAILED)

    def scrape(self, names: Sequence[str], deadline_seconds: float, beside: bytes = b"") -> bytes:
        """Return the page of the named collectors, whatever `deadline_seconds` from now have given.

        `beside` is what else is on the page, at its end.
        Scrapes wait for one another; raises TimeoutError when this one's turn does not come before its deadline.
        """
        end = monotonic() + deadline_seconds
        if not self._lock.acquire(timeout=deadline_seconds):
            raise TimeoutError("earlier scrapes took all of this one's time")
        try:
            self._supplies.begin_scrape()
            free = sorted((name for name in names if name not in self._stuck), key=self._is_last)
            outcomes = self._run(free, end, OWN + beside)
            timeout = Outcome(b"", "timeout", 0.0)
            return self._compose({name: outcomes.get(name, timeout) for name in names}, beside)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the worker and give back what the collectors keep."""
        if self._worker is not None:
            self._worker.put(None)
        for name, collector in self.collectors.items():
            if name not in self._stuck:
                collector.close()
        self._supplies.close()

    def _is_last(self, name: str) -> bool:
        return isinstance(self.collectors[name], LastCollector)

    def _run(self, names: Sequence[str], end: float, page: bytes) -> dict[str, Outcome]:
        """Return the outcomes of those that came back in time."""
        outcomes: dict[str, Outcome] = {}
        while names and monotonic() < end:
            job = _Job(names, page + b"".join(outcome.page for outcome in outcomes.values()))
            self._give(job)
            is_done = self._wait(job, end)
            with self._handover:
                names = [] if is_done else self._abandon(job)
                outcomes |= job.outcomes
        return outcomes

    def _wait(self, job: _Job, end: float) -> bool:
        """Return True when the job is done, False when a collector has used up its time, or the scrape has."""
        while (left_seconds := end - monotonic()) > 0:
            try:
                return job.done.get(timeout=min(left_seconds, self._deadline_seconds))
            except Empty:
                if perf_counter() - job.current[1] >= self._deadline_seconds:
                    return False
        return False

    def _abandon(self, job: _Job) -> list[str]:
        """Leave a worker to the collector that holds it; return those that are still to run."""
        name = job.current[0]
        job.is_abandoned = True
        self._worker = None
        self._stuck.add(name)
        log.warning("collector does not answer; left alone until it does", collector=name)
        return list(reversed(job.todo))

    def _give(self, job: _Job) -> None:
        if self._worker is None:
            self._worker = SimpleQueue()
            watched_thread("collectors", partial(self._work, self._worker)).start()
        self._worker.put(job)

    def _work(self, jobs: "SimpleQueue[_Job | None]") -> None:
        """Run jobs until None comes, or until one was abandoned because a collector took too long."""
        while (job := jobs.get()) is not None:
            while job.todo:
                name = job.todo.pop()
                job.current = (name, perf_counter())
                outcome = self._collect(name, job)
                with self._handover:
                    if job.is_abandoned:
                        self._stuck.discard(name)
                        return
                    job.outcomes[name] = outcome
            job.done.put(True)

    def _collect(self, name: str, job: _Job) -> Outcome:
        """Run one collector; the one place where its errors are caught."""
        begin = perf_counter()
        if self._unavailable_until.get(name, 0.0) > begin:
            return UNAVAILABLE
        skipped = items.begin()
        try:
            page, state = self._page(self.collectors[name], job), "ok"
        except NotApplicableError:
            page, state = b"", "not_applicable"
            self._unavailable_until[name] = begin + self._unavailable_backoff_seconds
        except Exception as error:  # noqa: BLE001 - whatever a collector raises costs its own series only
            page, state = b"", "error"
            self._log_once(name, f"{type(error).__name__}: {error}")
        else:
            self._failing.pop(name, None)
        if skipped.count:
            self._skipped_log.tell(name, skipped)
        return Outcome(page, state, perf_counter() - begin, skipped.count)

    @staticmethod
    def _page(collector: Collector, job: _Job) -> bytes:
        return collector.page_after(job.page) if isinstance(collector, LastCollector) else collector.page()

    def _log_once(self, name: str, reason: str) -> None:
        """Log a collector's failure when its reason changes, not at each scrape."""
        if self._failing.get(name) != reason:
            self._failing[name] = reason
            log.warning("collector failed", collector=name, reason=reason)

    def _compose(self, outcomes: Mapping[str, Outcome], beside: bytes) -> bytes:
        keys = [(name,) for name in outcomes]
        results = outcomes.values()
        return b"".join([
            *(outcome.page for outcome in results),
            self._durations.render(keys, [outcome.duration_seconds for outcome in results]),
            self._successes.render(keys, [outcome.state in {"ok", "not_applicable"} for outcome in results]),
            self._states.render([(name, outcome.state) for name, outcome in outcomes.items()], [1] * len(keys)),
            self._items_failed.render(keys, [outcome.items_failed for outcome in results]),
            beside,
        ])  # fmt: skip
