"""What others see of the state: one moment, which never changes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from discovery.guard.state import Entry, State
from discovery.targets.target import Refusal, service_of


class DatacenterView(NamedTuple):
    """A datacenter; `last_success` in seconds since the epoch, 0 before the first. `name` is "" for the agent's own.

    `dc` is what it is called, "" until Consul has answered.
    """

    name: str
    state: State
    is_ready: bool
    last_success: float
    dc: str
    refusals: Mapping[str, frozenset[Refusal]]


class Snapshot(NamedTuple):
    """All datacenters."""

    datacenters: tuple[DatacenterView, ...]

    @property
    def is_ready(self) -> bool:
        """Whether every datacenter has a good state, of now or of before."""
        return all(datacenter.is_ready for datacenter in self.datacenters)

    def entries(self) -> Iterator[Entry]:
        """Yield all targets."""
        for datacenter in self.datacenters:
            for entries in datacenter.state.services.values():
                yield from entries.values()

    def job_entries(self, job: str) -> list[Entry] | None:
        """Return the targets of a job, None when nobody has ever had it."""
        service = service_of(job)
        by_datacenter = [
            datacenter.state.services[service]
            for datacenter in self.datacenters
            if service in datacenter.state.services
        ]
        return [entry for entries in by_datacenter for entry in entries.values()] if by_datacenter else None
