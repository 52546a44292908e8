"""Turns Prometheus's answers into one row for each container."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from vigie.console.data.prometheus import Sample, finite
from vigie.console.queries.hosts import OF

UNTAGGED = frozenset({"__name__", "job", "instance", "host", "dc", "id", "image", "name", "state", "health", "replica"})
STATES = ("dead", "restarting", "exited", "paused", "created", "removing", "running")  # what is worst comes first


class Container(NamedTuple):
    """A container as lists show it."""

    dc: str
    host: str
    name: str
    image: str
    state: str
    health: str
    values: Mapping[str, float]
    tags: Mapping[str, str]

    def tag(self, name: str) -> str:
        """Return a tag, or a fact by which containers can be filtered."""
        facts = {"dc": self.dc, "host": self.host, "image": self.image, "state": self.state, "health": self.health}
        return facts[name] if name in facts else self.tags.get(name, "")


Key = tuple[str, str, str]


def to_containers(answers: Mapping[str, Sequence[Sample] | None]) -> list[Container]:
    """Return the containers by datacenter, host and name; `answers` are those to `QUERIES`."""
    values: dict[Key, dict[str, float]] = defaultdict(dict)
    for sample in answers.get("use") or ():
        value = finite(sample.value)
        if value is not None:
            values[_key(sample.labels)][sample.labels.get(OF, "")] = value
    labels = _labels_by_container(answers.get("state") or ())
    images = {_key(sample.labels): sample.labels.get("image", "") for sample in answers.get("last_seen") or ()}
    return [
        Container(
            *key,
            image=labels.get(key, {}).get("image") or images.get(key, ""),
            state=labels.get(key, {}).get("state", "running" if key in images else "unknown"),
            health=labels.get(key, {}).get("health", ""),
            values=values.get(key, {}),
            tags={name: text for name, text in labels.get(key, {}).items() if name not in UNTAGGED},
        )
        for key in sorted(labels.keys() | images.keys() | values.keys())
    ]


def _labels_by_container(samples: Iterable[Sample]) -> dict[Key, dict[str, str]]:
    labels: dict[Key, dict[str, str]] = defaultdict(dict)
    for sample in samples:
        labels[_key(sample.labels)].update(sample.labels)
    return labels


def _key(labels: Mapping[str, str]) -> Key:
    return labels.get("dc", ""), labels.get("instance", ""), labels.get("name", "")
