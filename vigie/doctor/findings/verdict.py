"""What a step finds: the link holds, or cause and remedy in a sentence each, or why it was skipped."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.facts import (
    EndpointResult,
    HostKey,
    Page,
    Prometheus,
    Readings,
    Registration,
    Route,
    UnresolvedRoutes,
)

# What a registration can't set, by the contract between Consul and Prometheus.
RESERVED = frozenset(("job", "instance", "host", "dc", "replica", "alertname", "severity", "le", "quantile"))
State = Literal["ok", "failed", "skipped"]


class Verdict(NamedTuple):
    """The judgement of one step; `remedy` is there when it failed."""

    state: State
    says: str = ""
    remedy: str = ""


class DiagnosisInput(NamedTuple):
    """What the steps judge: one host, and all that was read."""

    host: HostKey
    readings: Readings
    registrations: tuple[Registration, ...]
    page: Page | None  # None: not asked, because every Prometheus scrapes it
    families: frozenset[str] = frozenset()  # of the page, empty when it has none that can be read
    page_problem: str = ""  # why the page is not valid
    samples: tuple[tuple[str, float], ...] = ()  # the few of the page that steps need: as text, with their values
    integration: str = ""  # the one that is asked about, "" for all
    has_rules: Callable[[str], bool] = lambda _: False  # whether an integration brings alerts
    clock_offset_limit_seconds: float = 5.0
    sample_age_limit_seconds: float = 60.0
    discovery_age_limit_seconds: float = 60.0
    find_routes: Callable[[], tuple[Route, ...] | UnresolvedRoutes] = lambda: ()
    probe_receivers: Callable[[frozenset[str]], tuple[EndpointResult, ...]] = lambda _: ()

    @property
    def name(self) -> str:
        """The host's name."""
        return self.host[1]

    def labels(self) -> dict[str, str]:
        """Return the labels that the host's series have by contract and by its registration."""
        dc, name = self.host
        meta = self.registrations[0].meta if self.registrations else {}
        named = {key.removeprefix("label_"): value for key, value in meta.items() if key.startswith("label_") and value}
        further = {key: value for key, value in named.items() if key not in RESERVED and not key.startswith("__")}
        return {**further, "job": "node", "instance": name, "host": name, "dc": dc}

    def prometheuses(self) -> dict[str, Prometheus]:
        """Return the Prometheus servers that answered, by address."""
        return {
            url: prometheus
            for url, prometheus in self.readings.prometheus.items()
            if not isinstance(prometheus, FetchFailure)
        }

    def responsible(self) -> dict[str, Prometheus]:
        """Return the Prometheus servers that scrape the host, or should: of several shards only the one that has it."""
        servers = self.prometheuses()
        shards = {server.shard for server in servers.values() if self.host in server.active}
        return {url: server for url, server in servers.items() if not shards or server.shard in shards}


class Step(NamedTuple):
    """One link of the chain: its title, the steps after which it comes, those without which it can't be judged.

    Its name is its file's, which `step_registry` fills in. The first step comes after none: `after=()`.
    """

    title: str
    judge: Callable[[DiagnosisInput], Verdict]
    after: tuple[str, ...] | None = None  # None: forgotten
    needs: tuple[str, ...] = ()
    name: str = ""


class Finding(NamedTuple):
    """A step's verdict, as it is shown."""

    step: str
    title: str
    verdict: Verdict


def ok(says: str = "") -> Verdict:
    """Return the verdict of a link that holds."""
    return Verdict("ok", says)


def failed(cause: str, remedy: str) -> Verdict:
    """Return the verdict of a broken link; cause and remedy are a sentence each."""
    return Verdict("failed", cause, remedy)


def skipped(why: str) -> Verdict:
    """Return the verdict of a link that can't be judged, or need not be."""
    return Verdict("skipped", why)
