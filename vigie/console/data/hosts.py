"""Turns Prometheus's answers into one row for each host, the silent ones included."""

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
    """One machine as the fleet shows it; `values` has the metrics of `METRICS` that are known."""

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
        return next((one for one in SEVERITIES if self.alerts.get(one)), "")

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
    registered, leaving = _registered(answers.get("registered") or ())
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
    found: dict[str, list[Host]] = defaultdict(list)
    for row in rows:
        found[row.tag(tag) if tag else ""].append(row)
    return sorted(found.items(), key=lambda group: (not group[0], group[0]))


def _key(labels: Mapping[str, str]) -> Key:
    return labels.get("dc", ""), labels.get("instance", "")


def _by_host(samples: Sequence[Sample] | None) -> dict[Key, Sample]:
    """Return the sample of each host, the highest of several: a host that answers somewhere is up."""
    found: dict[Key, Sample] = {}
    for one in samples or ():
        key = _key(one.labels)
        if key not in found or one.value > found[key].value:
            found[key] = one
    return found


def _registered(samples: Sequence[Sample]) -> tuple[dict[Key, str], set[Key]]:
    """Return the health by host of what Consul has, and who has announced that it leaves."""
    healths: dict[Key, str] = {}
    leaving = set()
    for one in samples:
        key = (one.labels.get("target_dc", ""), one.labels.get("target_instance", ""))
        if one.labels.get("__name__") == "vigie_discovery_leaving":
            if one.value == 1:
                leaving.add(key)
        elif one.value == 1 or key not in healths:  # 0: Consul has it no more, discovery keeps it
            healths[key] = one.labels.get("health", "") if one.value == 1 else "kept"
    return healths, leaving


def _values(samples: Iterable[Sample]) -> dict[Key, dict[str, float]]:
    found: dict[Key, dict[str, float]] = defaultdict(dict)
    for one in samples:
        name, value = one.labels.get(OF, ""), finite(one.value)
        if value is not None and name in METRICS:
            found[_key(one.labels)][name] = value
    return found


def _facts(samples: Iterable[Sample]) -> dict[Key, dict[str, str]]:
    wanted = {"node_os_info": "pretty_name", "node_uname_info": "release", "vigie_build_info": "version"}
    found: dict[Key, dict[str, str]] = defaultdict(dict)
    for one in samples:
        name = one.labels.get("__name__", "")
        if name in wanted:
            found[_key(one.labels)][wanted[name]] = one.labels.get(wanted[name], "")
        elif one.value == 1:
            found[_key(one.labels)]["spot"] = "1"
    return found


def _alerts(samples: Iterable[Sample]) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in samples:
        host = one.labels.get("host")
        if host:
            found[one.labels.get("dc", ""), host][one.labels.get("severity", "")] += 1
    return found


def _status(sample: Sample | None, *, is_leaving: bool) -> str:
    if is_leaving:
        return "leaving"
    if sample is None:
        return "not_scraped"
    return "up" if sample.value == 1 else "down"
