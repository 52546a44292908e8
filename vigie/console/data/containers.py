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
    for one in answers.get("use") or ():
        known = finite(one.value)
        if known is not None:
            values[_key(one.labels)][one.labels.get(OF, "")] = known
    told = _told(answers.get("state") or ())
    images = {_key(one.labels): one.labels.get("image", "") for one in answers.get("last_seen") or ()}
    return [
        Container(
            *key,
            image=told.get(key, {}).get("image") or images.get(key, ""),
            state=told.get(key, {}).get("state", "running" if key in images else "unknown"),
            health=told.get(key, {}).get("health", ""),
            values=values.get(key, {}),
            tags={name: text for name, text in told.get(key, {}).items() if name not in UNTAGGED},
        )
        for key in sorted(told.keys() | images.keys() | values.keys())
    ]


def _told(samples: Iterable[Sample]) -> dict[Key, dict[str, str]]:
    found: dict[Key, dict[str, str]] = defaultdict(dict)
    for one in samples:
        found[_key(one.labels)].update(one.labels)
    return found


def _key(labels: Mapping[str, str]) -> Key:
    return labels.get("dc", ""), labels.get("instance", ""), labels.get("name", "")
