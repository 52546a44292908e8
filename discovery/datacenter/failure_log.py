"""Counts every failed read, and logs the first of a kind until Consul answers again."""

import structlog

from discovery.consul.connection_limit import REFUSALS
from discovery.consul.updates import ReadFailure
from discovery.metrics.counters import Counters

log = structlog.get_logger()


class FailureLog:
    """The failed reads of one datacenter."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._reasons: set[str] = set()
        self.unanswered_probes = 0  # in a row, that reached nobody

    def note_failure(self, failure: ReadFailure, dc: str) -> None:
        """Take over a failed read of datacenter `dc`."""
        self._counters.errors.labels(failure.reason).inc()
        if failure.reason not in self._reasons:
            log.warning("can't read Consul", dc=dc, reason=failure.reason, detail=failure.detail)
        self._reasons.add(failure.reason)
        if failure.is_probe and failure.reason == "unreachable":
            self.unanswered_probes += 1

    def note_answer(self, dc: str) -> None:
        """Take over that a consistency probe of datacenter `dc` was answered."""
        if self._reasons - REFUSALS:
            log.info("Consul answers again", dc=dc)
            self._reasons &= REFUSALS  # they come and go: what is done about them is told where it is done
        self.unanswered_probes = 0
