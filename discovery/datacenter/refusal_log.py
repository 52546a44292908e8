"""Counts and logs each refusal once, as long as it lasts."""

import structlog

from discovery.metrics.counters import Counters
from discovery.targets.target import Refusal

log = structlog.get_logger()


class RefusalLog:
    """The refusals of one datacenter; `by_service` is replaced and never changed in place."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self.by_service: dict[str, frozenset[Refusal]] = {}

    def note(self, service: str, refusals: frozenset[Refusal]) -> None:
        """Take over everything that is refused of a service now."""
        for refusal in sorted(refusals - self.by_service.get(service, frozenset())):
            self._counters.refused.labels(refusal.reason).inc()
            key = "/".join(refusal.key)
            log.warning("refused", service=service, key=key, reason=refusal.reason, detail=refusal.detail)
        if refusals or service in self.by_service:
            others = {name: of_service for name, of_service in self.by_service.items() if name != service}
            self.by_service = {**others, service: refusals} if refusals else others
