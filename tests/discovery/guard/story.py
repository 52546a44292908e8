"""Tells the guard what Consul shows, one moment after the other."""

from typing import ClassVar

from discovery.consul.updates import ProbeResult
from discovery.guard.expiring import expire
from discovery.guard.judging import judge
from discovery.guard.observing import observe
from discovery.guard.state import Limits, State
from discovery.targets.target import Target

LIMITS = Limits(
    shrink_window_seconds=300,
    job_share=0.1,
    all_share=0.3,
    minimum=5,
    lost_retention_seconds=86400,
    spot_dead_timeout_seconds=180,
    unfreeze_share=0.9,
    settle_window_seconds=0,
    settle_timeout_seconds=0,
    release_window_seconds=600,
    departed_retention_seconds=60,
)


def make_target(number, service="web", **facts):
    host = facts.pop("host", f"host-{number}")
    return Target(
        dc="dc1",
        host=host,
        service_id=f"{service}-{number}",
        job=service,
        instance=facts.pop("instance", f"10.0.0.{number}:80"),
        health=facts.pop("health", "passing"),
        group=b"{}",
        **facts,
    )


class Story:
    """A datacenter's state, and the moments that it goes through."""

    NODES: ClassVar = frozenset(("dc1", f"host-{number}") for number in range(1000))

    def __init__(self, state=None, limits=LIMITS):
        self.state, self.now, self.events, self.limits = state or State(), 1000.0, [], limits

    def shows(self, *targets, service="web"):
        self._take(observe(self.state, service, {target.key: target for target in targets}, self.now, self.limits))
        return self

    def probe(self, freeze_reason=None, nodes=NODES):
        self.now += 0.01
        self._take(judge(self.state, ProbeResult(self.now, freeze_reason, nodes), self.now, self.limits))
        return self

    def passes(self, seconds):
        self.now += seconds
        self._take(expire(self.state, self.now, self.limits))
        return self

    def _take(self, step):
        self.state, events = step
        self.events += [(event.kind, event.count) for event in events]

    def statuses(self, service="web"):
        return {entry.target.service_id: entry.status for entry in self.state.services[service].values()}


def fleet(count, **facts):
    """Return targets with the numbers from 0 on."""
    return [make_target(number, **facts) for number in range(count)]
