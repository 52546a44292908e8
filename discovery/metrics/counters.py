"""What discovery counts while it runs."""

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics


class Counters:
    """The counters of the program, registered in `registry`."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # text format 0.0.4 has no such series
        self.registry = CollectorRegistry()
        self.refused = self._counter("refused", "Instances and labels refused.", "reason")
        self.writes = self._counter("writes", "Target files written.")
        self.errors = self._counter("errors", "Reads and writes that failed.", "reason")
        self.removed = self._counter("removed", "Targets removed, by why.", "reason")
        self.thread_restarts = self._counter(
            "thread_restarts", "Threads that died of something unexpected, and began anew.", "thread"
        )
        self.config_valid = Gauge(
            "vigie_discovery_config_valid",
            "1 unless the configuration was refused when it was last read.",
            registry=self.registry,
        )
        self.config_valid.set(1)

    def count_restart(self, thread: str) -> None:
        """Count that the work of a thread began anew; from any thread."""
        self.thread_restarts.labels(thread).inc()

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"vigie_discovery_{name}", meaning, labels, registry=self.registry)
