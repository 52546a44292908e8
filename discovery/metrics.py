"""What discovery says of itself: counters of the bridge, and one look at its state for each scrape."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from discovery.state import State

TARGET_LABELS = ["target_job", "target_instance", "target_host", "target_dc"]


class Snapshot(NamedTuple):
    """The bridge's state at one moment; `last_success` in seconds since the epoch, 0 before the first."""

    state: State
    is_ready: bool
    last_success: float
    dc: str


class Metrics:
    """The counters, and the page."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # text format 0.0.4 has no such series
        self._registry = CollectorRegistry()
        self.refused = Counter(
            "vigie_discovery_refused", "Instances and labels refused.", ["reason"], registry=self._registry
        )
        self.writes = Counter("vigie_discovery_writes", "Target files written.", registry=self._registry)
        self.errors = Counter(
            "vigie_discovery_errors", "Reads and writes that failed.", ["reason"], registry=self._registry
        )
        self.removed = Counter(
            "vigie_discovery_removed", "Targets removed, by why.", ["reason"], registry=self._registry
        )
        self._registry.register(_State(snapshot))

    def page(self) -> bytes:
        """Return the page in text format 0.0.4."""
        return generate_latest(self._registry)


class _State(Collector):
    """Gauges made from a snapshot."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterator[Metric]:
        """Return nothing: the names are known, and there may be no state yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield all gauges."""
        snapshot = self._snapshot()
        yield from _of_targets(snapshot.state)
        yield from _of_jobs(snapshot.state)
        success = GaugeMetricFamily(
            "vigie_discovery_last_success_timestamp_seconds", "When Consul last answered.", labels=["dc"]
        )
        success.add_metric([snapshot.dc], snapshot.last_success)
        yield success
        doubt = GaugeMetricFamily(
            "vigie_discovery_doubt", "1 while Consul is not believed and nothing shrinks.", labels=["reason"]
        )
        for reason in ("index", "canary"):
            doubt.add_metric([reason], float(snapshot.state.doubt == reason))
        yield doubt


def _of_targets(state: State) -> Iterator[Metric]:
    registered = GaugeMetricFamily(
        "vigie_discovery_target_registered",
        "1 for a target that Consul has, 0 for one that is only kept.",
        labels=[*TARGET_LABELS, "health"],
    )
    leaving = GaugeMetricFamily(
        "vigie_discovery_leaving", "1 for a target that has announced its leaving.", labels=TARGET_LABELS
    )
    for entries in state.services.values():
        for entry in entries.values():
            one = entry.target
            labels = [one.job, one.instance, one.host, one.dc]
            registered.add_metric([*labels, one.health], float(entry.status in {"seen", "unread"}))
            if one.is_leaving:
                leaving.add_metric(labels, 1)
    yield registered
    yield leaving


def _of_jobs(state: State) -> Iterator[Metric]:
    targets = GaugeMetricFamily("vigie_discovery_targets", "Targets in the files.", labels=["target_job"])
    held = GaugeMetricFamily(
        "vigie_discovery_held_targets", "Targets kept although too many vanished at once.", labels=["target_job"]
    )
    lost = GaugeMetricFamily(
        "vigie_discovery_lost_targets", "Targets kept that vanished while failing.", labels=["target_job"]
    )
    for service, entries in sorted(state.services.items()):
        job = next((one.target.job for one in entries.values()), service)
        targets.add_metric([job], len(entries))
        held.add_metric([job], sum(one.status == "held" for one in entries.values()))
        lost.add_metric([job], sum(one.status == "lost" for one in entries.values()))
    yield from (targets, held, lost)
