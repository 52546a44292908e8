"""What discovery says of itself: what it counts, and one look at its state for each scrape."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from discovery.guard.snapshot import Snapshot, View
from discovery.guard.state import identity
from discovery.metrics.counters import Counters
from discovery.targets.target import EXPORTER_SERVICE

TARGET_LABELS = ["target_job", "target_instance", "target_host", "target_dc"]


def page(snapshot: Callable[[], Snapshot], counters: Counters) -> Callable[[], bytes]:
    """Return a function that returns the page in text format 0.0.4."""
    counters.registry.register(_State(snapshot))
    return lambda: generate_latest(counters.registry)


class _State(Collector):
    """Gauges made from a snapshot."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterator[Metric]:
        """Return nothing: the names are known, and there may be no state yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield all gauges."""
        sites = self._snapshot().sites
        yield from _of_targets(sites)
        yield from _of_jobs(sites)
        success = GaugeMetricFamily(
            "vigie_discovery_last_success_timestamp_seconds", "When Consul last answered.", labels=["dc"]
        )
        doubt = GaugeMetricFamily(
            "vigie_discovery_doubt", "1 while Consul is not believed and nothing shrinks.", labels=["dc", "reason"]
        )
        for site in sites:
            success.add_metric([site.dc], site.last_success)
            for reason in ("index", "canary"):
                doubt.add_metric([site.dc, reason], float(site.state.doubt == reason))
        yield from (success, doubt)


def _of_targets(sites: Iterable[View]) -> Iterator[Metric]:
    registered = GaugeMetricFamily(
        "vigie_discovery_target_registered",
        "1 for a target that Consul has, 0 for one that is only kept.",
        labels=[*TARGET_LABELS, "health"],
    )
    leaving = GaugeMetricFamily(
        "vigie_discovery_leaving",
        "1 for a target that has announced its leaving, or just left so.",
        labels=TARGET_LABELS,
    )
    announced = {one for site in sites for one in site.state.left}
    for entry in (entry for site in sites for entries in site.state.services.values() for entry in entries.values()):
        one = entry.target
        registered.add_metric([*identity(one), one.health], float(entry.status in {"seen", "unread"}))
        if one.is_leaving:
            announced.add(identity(one))
    for name in sorted(announced):
        leaving.add_metric(name, 1)
    yield registered
    yield leaving


def _of_jobs(sites: Iterable[View]) -> Iterator[Metric]:
    targets = GaugeMetricFamily("vigie_discovery_targets", "Targets in the files.", labels=["target_job"])
    held = GaugeMetricFamily(
        "vigie_discovery_held_targets", "Targets kept although too many vanished at once.", labels=["target_job"]
    )
    lost = GaugeMetricFamily(
        "vigie_discovery_lost_targets", "Targets kept that vanished while failing.", labels=["target_job"]
    )
    jobs: dict[str, Counter[str]] = {}
    for site in sites:
        for service, entries in site.state.services.items():
            job = "node" if service == EXPORTER_SERVICE else service
            jobs.setdefault(job, Counter()).update(one.status for one in entries.values())
    for job, statuses in sorted(jobs.items()):
        targets.add_metric([job], statuses.total())
        held.add_metric([job], statuses["held"])
        lost.add_metric([job], statuses["lost"])
    yield from (targets, held, lost)
