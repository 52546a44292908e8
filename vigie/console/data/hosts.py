"""Turns Prometheus's answers into a row for each host, with those that are not scraped."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from vigie.console.data.prometheus import Sample, finite
from vigie.console.queries.hosts import METRICS, OF

Key = tuple[str, str]  # datacenter and name: names repeat across datacenters
UNTAGGED = frozenset({"__name__", "job", "instance", "host", "dc", "replica"})
# A status, its rank (what is worst comes first) and what it means.
STATUSES = {
    "down": "Prometheus scrapes it and gets no answer",
    "not_scraped": "registered in Consul, and not scraped at all",
    "leaving": "it has announced that it leaves",
    "up": "it answers",
}
SEVERITIES = ("critical", "warning", "info")


class Host(NamedTuple):
    """One host as lists show it; `values` has those of `METRICS` that Prometheus has."""

    dc: str
    name: str
    status: str
    values: Mapping[str, float]
    tags: Mapping[str, str]
    alerts: Mapping[str, int]
    health: str = ""
    system: str = ""
    kernel: str = ""
    version: str = ""
    spot_notice: bool = False

    @property
    def worst(self) -> str:
        """The worst severity that fires on it, or the empty text."""
        return next((severity for severity in SEVERITIES if self.alerts.get(severity)), "")

    def tag(self, name: str) -> str:
        """Return a tag, or a fact by which hosts can be grouped and filtered."""
        facts = {
            "dc": self.dc,
            "host": self.name,
            "status": self.status,
            "health": self.health,
            "system": self.system,
            "kernel": self.kernel,
            "version": self.version,
            "alert": self.worst,
        }
        return facts[name] if name in facts else self.tags.get(name, "")


FACT_NAMES = ("dc", "status", "system", "version", "health")


def to_hosts(answers: Mapping[str, Sequence[Sample] | None]) -> list[Host]:
    """Return the hosts by datacenter and name; `answers` are those to `QUERIES`, None for one that is not known."""
    up = _by_host(answers.get("up"))
    registered, leaving = _read_registrations(answers.get("registered") or ())
    values = _values([*(answers.get("use") or ()), *(answers.get("rates") or ())])
    facts = _facts(answers.get("facts") or ())
    alerts = _alerts(answers.get("alerts") or ())
    rows = []
    for key in sorted(up.keys() | registered.keys()):
        sample = up.get(key)
        own = facts.get(key, {})
        rows.append(
            Host(
                dc=key[0],
                name=key[1],
                status=_status(sample, is_leaving=key in leaving),
                values=values.get(key, {}),
                tags={name: text for name, text in sample.labels.items() if name not in UNTAGGED} if sample else {},
                alerts=alerts.get(key, {}),
                health=registered.get(key, ""),
                system=own.get("pretty_name", ""),
                kernel=own.get("release", ""),
                version=own.get("version", ""),
                spot_notice="spot" in own,
            )
        )
    return rows


def tag_names(rows: Iterable[Host]) -> list[str]:
    """Return what the hosts can be grouped by: facts that all have, then the tags of any."""
    return [*FACT_NAMES, *sorted({name for row in rows for name in row.tags})]


def group_hosts(rows: Iterable[Host], tag: str) -> list[tuple[str, list[Host]]]:
    """Return the hosts by the tag's value, those without it last; one group when no tag is named."""
    groups: dict[str, list[Host]] = defaultdict(list)
    for row in rows:
        groups[row.tag(tag) if tag else ""].append(row)
    return sorted(groups.items(), key=lambda group: (not group[0], group[0]))


def _key(labels: Mapping[str, str]) -> Key:
    return labels.get("dc", ""), labels.get("instance", "")


def _by_host(samples: Sequence[Sample] | None) -> dict[Key, Sample]:
    """Return the sample of each host, the highest of several: a host that answers somewhere is up."""
    highest: dict[Key, Sample] = {}
    for sample in samples or ():
        key = _key(sample.labels)
        if key not in highest or sample.value > highest[key].value:
            highest[key] = sample
    return highest


def _read_registrations(samples: Sequence[Sample]) -> tuple[dict[Key, str], set[Key]]:
    """Return the health by host of what Consul has, and who has announced that it leaves."""
    healths: dict[Key, str] = {}
    leaving = set()
    for sample in samples:
        key = (sample.labels.get("target_dc", ""), sample.labels.get("target_instance", ""))
        if sample.labels.get("__name__") == "vigie_discovery_leaving":
            if sample.value == 1:
                leaving.add(key)
        elif sample.value == 1 or key not in healths:  # 0: Consul has it no more, discovery keeps it
            healths[key] = sample.labels.get("health", "") if sample.value == 1 else "kept"
    return healths, leaving


def _values(samples: Iterable[Sample]) -> dict[Key, dict[str, float]]:
    values: dict[Key, dict[str, float]] = defaultdict(dict)
    for sample in samples:
        name, value = sample.labels.get(OF, ""), finite(sample.value)
        if value is not None and name in METRICS:
            values[_key(sample.labels)][name] = value
    return values


def _facts(samples: Iterable[Sample]) -> dict[Key, dict[str, str]]:
    labels = {"node_os_info": "pretty_name", "node_uname_info": "release", "vigie_build_info": "version"}
    facts: dict[Key, dict[str, str]] = defaultdict(dict)
    for sample in samples:
        name = sample.labels.get("__name__", "")
        if name in labels:
            facts[_key(sample.labels)][labels[name]] = sample.labels.get(labels[name], "")
        elif sample.value == 1:
            facts[_key(sample.labels)]["spot"] = "1"
    return facts


def _alerts(samples: Iterable[Sample]) -> dict[Key, dict[str, int]]:
    counts: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for alert in samples:
        host = alert.labels.get("host")
        if host:
            counts[alert.labels.get("dc", ""), host][alert.labels.get("severity", "")] += 1
    return counts


def _status(sample: Sample | None, *, is_leaving: bool) -> str:
    if is_leaving:
        return "leaving"
    if sample is None:
        return "not_scraped"
    return "up" if sample.value == 1 else "down"
