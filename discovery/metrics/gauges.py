"""What discovery says of its state: gauges made from one snapshot for each scrape."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import get_args

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from discovery.consul.updates import FreezeReason
from discovery.guard.snapshot import DatacenterView, Snapshot
from discovery.metrics.counters import Counters
from discovery.targets.target import job_of

TARGET_LABELS = ["target_job", "target_instance", "target_host", "target_dc"]


def make_page(snapshot: Callable[[], Snapshot], counters: Counters) -> Callable[[], bytes]:
    """Return a function that returns the page in text format 0.0.4."""
    counters.registry.register(_Gauges(snapshot))
    return lambda: generate_latest(counters.registry)


class _Gauges(Collector):
    """Gauges made from a snapshot."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterator[Metric]:
        """Return nothing: prometheus_client would collect to learn the names, and there may be no state yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield all gauges."""
        datacenters = self._snapshot().datacenters
        yield from _datacenter_gauges(datacenters)
        yield from _target_gauges(datacenters)
        yield from _job_gauges(datacenters)


def _datacenter_gauges(datacenters: Iterable[DatacenterView]) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "vigie_discovery_last_success_timestamp_seconds", "When Consul last answered.", labels=["dc"]
    )
    frozen = GaugeMetricFamily(
        "vigie_discovery_frozen",
        "1 while Consul's answers can't be right and no target is removed.",
        labels=["dc", "reason"],
    )
    queries = GaugeMetricFamily(
        "vigie_discovery_blocking_queries",
        "Services with a blocking query of their own; fewer than --watch-connections when Consul refuses more.",
        labels=["dc"],
    )
    for datacenter in datacenters:
        queries.add_metric([datacenter.dc], datacenter.query_count)
        success.add_metric([datacenter.dc], datacenter.last_success)
        for reason in get_args(FreezeReason):
            frozen.add_metric([datacenter.dc, reason], float(datacenter.state.freeze_reason == reason))
    yield from (success, frozen, queries)


def _target_gauges(datacenters: Iterable[DatacenterView]) -> Iterator[Metric]:
    registered = GaugeMetricFamily(
        "vigie_discovery_target_registered",
        "1 for a target that Consul has, 0 for one that is only kept.",
        labels=[*TARGET_LABELS, "health"],
    )
    leaving = GaugeMetricFamily(
        "vigie_discovery_leaving",
        "1 for a target that has announced its leaving, and for a while after it departed.",
        labels=TARGET_LABELS,
    )
    displaced = GaugeMetricFamily(
        "vigie_discovery_target_displaced",
        "1 for a target that is not scraped because another machine has its address, until it is gone from Consul.",
        labels=TARGET_LABELS,
    )
    announced = {identity for datacenter in datacenters for identity in datacenter.state.departed}
    for datacenter in datacenters:
        for entries in datacenter.state.services.values():
            for entry in entries.values():
                target = entry.target
                is_registered = entry.status in {"seen", "unread"}
                registered.add_metric([*target.identity, target.health], float(is_registered))
                if target.key in datacenter.displaced and entry.status != "held":
                    displaced.add_metric(target.identity, 1)
                if target.is_leaving:
                    announced.add(target.identity)
    for identity in sorted(announced):
        leaving.add_metric(identity, 1)
    yield from (registered, leaving, displaced)


def _job_gauges(datacenters: Iterable[DatacenterView]) -> Iterator[Metric]:
    targets = GaugeMetricFamily("vigie_discovery_targets", "Targets in the files.", labels=["target_job"])
    held = GaugeMetricFamily(
        "vigie_discovery_held_targets", "Targets kept although too many vanished at once.", labels=["target_job"]
    )
    lost = GaugeMetricFamily(
        "vigie_discovery_lost_targets", "Targets kept that vanished while failing.", labels=["target_job"]
    )
    statuses_by_job: dict[str, Counter[str]] = {}
    displaced_by_job: Counter[str] = Counter()
    for datacenter in datacenters:
        for service, entries in datacenter.state.services.items():
            statuses = statuses_by_job.setdefault(job_of(service), Counter())
            statuses.update(entry.status for entry in entries.values())
            displaced = sum(key in datacenter.displaced for key in entries) if datacenter.displaced else 0
            displaced_by_job[job_of(service)] += displaced
    for job, statuses in sorted(statuses_by_job.items()):
        targets.add_metric([job], statuses.total() - displaced_by_job[job])
        held.add_metric([job], statuses["held"])
        lost.add_metric([job], statuses["lost"])
    yield from (targets, held, lost)
