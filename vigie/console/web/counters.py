"""The console's own metrics."""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric

from vigie.console.data.cache import Cache

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)


class Counters:
    """Counts requests by status, their duration, and the questions to sources."""

    def __init__(self, cache: Cache) -> None:
        self._registry = CollectorRegistry()
        self._cache = cache
        self._requests = Counter(
            "vigie_console_requests", "Answered requests by status.", ["code"], registry=self._registry
        )
        self._seconds = Histogram(
            "vigie_console_request_duration_seconds",
            "Time from a request to its answer.",
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def count_answer(self, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(str(status)).inc()
        self._seconds.observe(seconds)

    def collect(self) -> list[Metric]:
        """Return what the cache counts."""
        requests = CounterMetricFamily(
            "vigie_console_source_requests", "Questions to Prometheus, Alertmanager and discovery.", self._cache.loads
        )
        failed = CounterMetricFamily(
            "vigie_console_source_errors", "Questions that were not answered.", self._cache.failures
        )
        return [requests, failed]

    def page(self) -> bytes:
        """Return the page in Prometheus's text format."""
        return generate_latest(self._registry)
