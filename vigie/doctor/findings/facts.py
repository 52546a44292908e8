"""What was read of the chain: each server's answer, or why there is none. The steps judge nothing else."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from msgspec import Struct, field

from vigie.core.http.fetch_failure import FetchFailure

HostKey = tuple[str, str]  # datacenter, name: names repeat across datacenters
T = TypeVar("T")


def by_host(pairs: Iterable[tuple[HostKey, T]]) -> Mapping[HostKey, tuple[T, ...]]:
    """Return the values of each host."""
    values_by_host: dict[HostKey, list[T]] = {}
    for host, value in pairs:
        values_by_host.setdefault(host, []).append(value)
    return {host: tuple(values) for host, values in values_by_host.items()}


class Check(Struct, frozen=True, rename="pascal"):
    """One check of Consul, with what it last said."""

    check_id: str = field(name="CheckID", default="")
    name: str = ""
    status: str = ""
    output: str = ""
    notes: str = ""


class Registration(NamedTuple):
    """One `vigie-exporter` of the catalog."""

    host: HostKey
    id: str
    address: str
    port: int
    meta: Mapping[str, str]
    tags: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def page_url(self) -> str:
        """The address of its page."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        scheme = self.meta.get("scheme", "http")
        return f"{scheme}://{address}:{self.port}{self.meta.get('metrics_path', '/metrics')}"


class Consul(NamedTuple):
    """Consul's catalog, as far as our token may see it."""

    has_leader: bool
    datacenters: tuple[str, ...]
    unread: Mapping[str, FetchFailure]  # datacenters that could not be read
    filtered: frozenset[str]  # datacenters whose answers lack Consul itself: access control left something out
    nodes: frozenset[HostKey]
    registrations: Mapping[HostKey, tuple[Registration, ...]]


class DiscoveryDatacenter(Struct, frozen=True):
    """A datacenter as discovery sees it; times in seconds since the epoch."""

    dc: str
    ready: bool
    last_success: float
    frozen: str | None = None


class DiscoveryTarget(Struct, frozen=True):
    """One target, and why it is there."""

    job: str
    instance: str
    host: str
    dc: str
    health: str
    status: str
    since: float
    id: str
    address: str | None = None
    labels: dict[str, str] = {}


class DiscoveryRefusal(Struct, frozen=True):
    """One instance, or label of one, that discovery does not take."""

    dc: str
    service: str
    id: str
    why: str
    detail: str


class Discovery(NamedTuple):
    """Discovery's `/targets.json`; of its targets only the hosts' exporters."""

    datacenters: tuple[DiscoveryDatacenter, ...]
    targets: Mapping[HostKey, tuple[DiscoveryTarget, ...]]
    refused: tuple[DiscoveryRefusal, ...]


class Scrape(Struct, frozen=True, rename="camel"):
    """One target of Prometheus; a dropped one has `discovered_labels` alone."""

    discovered_labels: dict[str, str] = {}
    labels: dict[str, str] = {}
    scrape_pool: str = ""
    scrape_url: str = ""
    last_error: str = ""
    last_scrape: str = ""
    health: str = ""


class Rule(NamedTuple):
    """A rule that Prometheus can't evaluate, and its error."""

    name: str
    file: str
    error: str


class Rules(NamedTuple):
    """The rules of a Prometheus: how many there are, whose files, and which fail."""

    total: int
    files: tuple[str, ...]
    failing: tuple[Rule, ...]


class Prometheus(NamedTuple):
    """One Prometheus; of hosts, the values by (dc, instance)."""

    reload_is_good: bool
    active: Mapping[HostKey, tuple[Scrape, ...]]
    dropped: tuple[Scrape, ...]
    files: tuple[str, ...]  # that its configuration names in file_sd_configs
    rules: Rules
    alertmanagers: tuple[str, ...]  # HOST:PORT of those that it sends to
    age_seconds: Mapping[HostKey, float]  # of the newest node_time_seconds
    clock_seconds: Mapping[HostKey, float]  # how far the host's clock is ahead of the scrape
    sample_labels: Mapping[HostKey, Mapping[str, str]]  # of that series
    interval_seconds: float
    shard: str = ""  # of several that share the targets: both of a pair have the same
    integrations: Mapping[HostKey, tuple[Scrape, ...]] = MappingProxyType({})  # what runs on hosts, by the label
    states: Mapping[tuple[str, str, str], str] = MappingProxyType({})  # of a check, by (dc, instance, integration)


class Matcher(Struct, frozen=True, rename="camel"):
    """One matcher of a silence."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels match; a regular expression that Python can't read matches nothing."""
        value = labels.get(self.name, "")
        try:
            is_match = bool(re.fullmatch(self.value, value)) if self.is_regex else self.value == value
        except re.error:
            return False
        return is_match == self.is_equal


class Silence(NamedTuple):
    """A silence that holds now: of what, until when, by whom and why."""

    matchers: tuple[Matcher, ...]
    ends_at: str
    by: str
    comment: str


class Alertmanager(NamedTuple):
    """One Alertmanager: its configuration with secrets masked, by itself."""

    version: str
    configuration: str
    receivers: frozenset[str]
    silences: tuple[Silence, ...]
    reload_is_good: bool
    cluster: str


class Grafana(NamedTuple):
    """Grafana: why our board or our data source can't be read (None: it can), and which hosts have data."""

    board: FetchFailure | None
    source: FetchFailure | None
    hosts_with_data: frozenset[HostKey]


class Page(NamedTuple):
    """An exporter's page: its text or why there is none, and how long it took."""

    url: str
    text: bytes | FetchFailure
    took_seconds: float = 0.0
    at: float = 0.0


class Route(NamedTuple):
    """The receivers of an alert in one Alertmanager's configuration."""

    alert: str
    receivers: tuple[str, ...]


class UnresolvedRoutes(NamedTuple):
    """Why the receivers of an alert are not known, and whether the configuration is at fault."""

    why: str
    is_fault: bool


class EndpointResult(NamedTuple):
    """One endpoint of a receiver: what it is, where it leads, and why it can't be reached (None: it can)."""

    receiver: str
    kind: str
    address: str
    failure: FetchFailure | None


class Readings(NamedTuple):
    """All that was read, once for all hosts."""

    at: float
    consul: tuple[str, Consul | FetchFailure]
    discovery: Mapping[str, Discovery | FetchFailure]
    prometheus: Mapping[str, Prometheus | FetchFailure]
    alertmanager: Mapping[str, Alertmanager | FetchFailure]
    grafana: tuple[str, Grafana | FetchFailure] | None
    routes: str | None  # why routes.yml can't be understood, None when it can
    receivers: tuple[str, ...]  # that routes.yml declares
