"""What others see of the state: one moment, which never changes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from discovery.guard.displacing import NOBODY
from discovery.guard.state import Entry, State
from discovery.targets.target import Key, Refusal, service_of


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
    displaced: Mapping[Key, str] = NOBODY
    query_count: int = 0  # services with a blocking query of their own

    def published(self, service: str) -> list[Entry]:
        """Return the targets of a service that stand in files: all but those that lost their address."""
        entries = self.state.services.get(service, {}).values()
        return [entry for entry in entries if entry.target.key not in self.displaced]


class Snapshot(NamedTuple):
    """All datacenters."""

    datacenters: tuple[DatacenterView, ...]

    @property
    def is_ready(self) -> bool:
        """Whether every datacenter has a good state, of now or of before."""
        return all(datacenter.is_ready for datacenter in self.datacenters)

    def published(self) -> Iterator[Entry]:
        """Yield all targets that stand in files."""
        for datacenter in self.datacenters:
            for service in datacenter.state.services:
                yield from datacenter.published(service)

    def job_entries(self, job: str) -> list[Entry] | None:
        """Return the targets in the file of a job, None when nobody has ever had it."""
        service = service_of(job)
        having = [datacenter for datacenter in self.datacenters if service in datacenter.state.services]
        return [entry for datacenter in having for entry in datacenter.published(service)] if having else None
