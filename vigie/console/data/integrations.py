"""Turns Prometheus's answers into a row for each server that an integration watches."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from vigie.console.data.cache import Pending, Reading
from vigie.console.data.prometheus import Sample, quote
from vigie.console.data.sources import Sources
from vigie.console.queries import integrations as queries
from vigie.core.integrations.catalogue import Integration

Answers = Mapping[str, Sequence[Sample] | None]
Server = tuple[str, str, str]  # datacenter, instance and integration
# How a server stands, the worst first, and what it means.
STATES = {
    "down": "Prometheus gets no page of it",
    "denied": "it refuses the login: its set-up says what is missing",
    "unreachable": "nobody answers at its address",
    "timeout": "it does not answer in time",
    "invalid": "what answers there speaks another protocol",
    "error": "the check failed; the exporter's log says why",
    "unknown": "Prometheus did not say how its check fares",
    "ok": "it answers",
}


class Watched(NamedTuple):
    """A server that an integration watches."""

    dc: str
    host: str
    instance: str
    integration: str
    state: str
    version: str
    alerts: Mapping[str, int]

    @property
    def name(self) -> str:
        """What texts of the filter are looked for in."""
        return self.instance

    @property
    def values(self) -> Mapping[str, float]:
        """No numbers: for the filter."""
        return {}

    def tag(self, name: str) -> str:
        """Return a fact by which the list can be filtered."""
        facts = self._asdict()
        return str(facts[name]) if name in TAGS else ""


TAGS = ("dc", "host", "integration", "state", "version")


PREFIX = "integrations "  # of the readings' names, beside those of other lists
OF_SERVERS = ("watched", "states", "alerts", "versions")


def start_queries(
    sources: Sources, integrations: Mapping[str, Integration], *, with_proposals: bool = False
) -> dict[str, Pending[list[Sample]]]:
    """Ask what `to_watched` reads, and `propose` if need be; the answers may still be on their way."""
    asked = make_queries(integrations)
    return {PREFIX + name: sources.query(asked[name]) for name in (asked if with_proposals else OF_SERVERS)}


def take(readings: Mapping[str, Reading[Any]]) -> Answers:
    """Return the answers to `start_queries`."""
    return {name.removeprefix(PREFIX): reading.value for name, reading in readings.items() if name.startswith(PREFIX)}


def make_queries(integrations: Mapping[str, Integration]) -> dict[str, str]:
    """Return the questions by name, with those about units and versions filled with what the manifests know."""
    metrics = [each.manifest.version.metric for each in integrations.values() if each.manifest.version]
    names = sorted({name for each in integrations.values() for name in _unit_names(each)})
    filled = {"units": _any_of("name", names, "(@.*)?[.]service"), "versions": _any_of("__name__", sorted(metrics))}
    return {
        name: query.replace("SELECT", filled[name]) if name in filled else query
        for name, query in {**queries.QUERIES, "versions": queries.VERSIONS}.items()
    }


def to_watched(answers: Answers, integrations: Mapping[str, Integration]) -> list[Watched]:
    """Return the watched servers, the worst first; `answers` are those to `make_queries`."""
    states = {_server(sample.labels): sample.labels.get("state", "") for sample in answers.get("states") or ()}
    versions = _versions(answers.get("versions") or (), integrations)
    alerts: dict[Server, Counter[str]] = defaultdict(Counter)
    for alert in answers.get("alerts") or ():
        alerts[_server(alert.labels)][alert.labels.get("severity", "")] += 1
    rows = []
    for sample in answers.get("watched") or ():
        server = _server(sample.labels)
        answers_somehow = "unknown" if answers.get("states") is None else "ok"
        state = states.get(server, answers_somehow) if sample.value == 1 else "down"
        host = sample.labels.get("host", "")
        rows.append(
            Watched(server[0], host, server[1], server[2], state, versions.get(server, ""), dict(alerts[server]))
        )
    return sorted(rows, key=lambda row: (_rank(row.state), row.integration, row.dc, row.instance))


def on_host(rows: Iterable[Watched], dc: str, host: str) -> list[Watched]:
    """Return what is watched on a host."""
    return [row for row in rows if (row.dc, row.host) == (dc, host)]


def on_container(rows: Iterable[Watched], dc: str, host: str, name: str) -> list[Watched]:
    """Return what is watched in a container: its instance is HOST/CONTAINER:PORT."""
    return [row for row in rows if row.dc == dc and row.instance.rpartition(":")[0] == f"{host}/{name}"]


def _versions(samples: Iterable[Sample], integrations: Mapping[str, Integration]) -> dict[Server, str]:
    labels = {name: each.manifest.version.label for name, each in integrations.items() if each.manifest.version}
    return {
        _server(sample.labels): sample.labels.get(labels.get(sample.labels["integration"], ""), "")
        for sample in samples
        if "integration" in sample.labels
    }


def _server(labels: Mapping[str, str]) -> Server:
    return labels.get("dc", ""), labels.get("instance", ""), labels.get("integration", "")


def _rank(state: str) -> int:
    return list(STATES).index(state) if state in STATES else -1


def _unit_names(integration: Integration) -> set[str]:
    detect = integration.manifest.detect
    return {name for name in (*detect.processes, *detect.services) if "*" not in name}


def _any_of(label: str, texts: Sequence[str], more: str = "") -> str:
    """Return a matcher of a label that has one of the texts; none matches nothing."""
    escaped = [text.replace(".", "[.]").replace("+", "[+]") for text in texts]
    return f"{label}=~{quote('(' + '|'.join(escaped or ['$.']) + ')' + more)}"
