"""What others see of the bridge's state: one moment, which never changes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from discovery.guard.state import Entry, State
from discovery.targets.target import EXPORTER_SERVICE, Refusal


class View(NamedTuple):
    """A datacenter; `last_success` in seconds since the epoch, 0 before the first. `name` is "" for the agent's own."""

    name: str
    state: State
    is_ready: bool
    last_success: float
    dc: str
    refusals: Mapping[str, frozenset[Refusal]]


class Snapshot(NamedTuple):
    """All datacenters."""

    sites: tuple[View, ...]

    @property
    def is_ready(self) -> bool:
        """Whether every datacenter has a good state, of now or of before."""
        return all(one.is_ready for one in self.sites)

    def entries(self) -> Iterator[Entry]:
        """Yield all targets."""
        for site in self.sites:
            for entries in site.state.services.values():
                yield from entries.values()

    def of_job(self, job: str) -> list[Entry] | None:
        """Return the targets of a job, None when nobody has ever had it."""
        service = EXPORTER_SERVICE if job == "node" else job
        found = [site.state.services[service] for site in self.sites if service in site.state.services]
        return [one for entries in found for one in entries.values()] if found else None
