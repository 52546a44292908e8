"""Reads `thresholds.yml`: the limits of some hosts, by alert; an error names file and line."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from alerting.thresholds.alerts import THRESHOLDS
from vigie.core.yaml_file import YamlFile, read

FILE = "thresholds.yml"
LABELS = ("instance", "host", "service", "team", "env", "dc")  # of a host, the most specific one first
Value = Annotated[str, Meta(min_length=1)]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One limit, and the labels of the hosts that have it: each a value, or several of which one must be right."""

    value: float
    instance: Value | tuple[Value, ...] = ()
    host: Value | tuple[Value, ...] = ()
    service: Value | tuple[Value, ...] = ()
    team: Value | tuple[Value, ...] = ()
    env: Value | tuple[Value, ...] = ()
    dc: Value | tuple[Value, ...] = ()

    def expand_labels(self) -> Iterator[dict[str, str]]:
        """Yield the labels of the hosts, each with one value."""
        given = {label: getattr(self, label) for label in LABELS if getattr(self, label)}
        values = [(combination,) if isinstance(combination, str) else combination for combination in given.values()]
        yield from (dict(zip(given, combination, strict=True)) for combination in itertools.product(*values))


class Limit(NamedTuple):
    """A limit and the labels of the hosts that have it; without labels, of all."""

    labels: Mapping[str, str]
    value: float


def load(site: Path | None) -> dict[str, list[Limit]]:
    """Return the limits of each alert that has some, those that win first; raises UsageProblemError.

    The one that names a more specific label wins, in the order of `LABELS`. No two can be equal: twice the same labels
    are refused.
    """
    path = site / FILE if site else None
    if path is None or not path.exists():
        return {}
    file = read(path)
    if not isinstance(file.document, dict):
        raise file.problem((), "expected alerts with lists of limits")
    return {name: _limits(file, name, entries) for name, entries in sorted(file.document.items(), key=str)}


def _limits(file: YamlFile, name: Any, entries: Any) -> list[Limit]:
    if name not in THRESHOLDS:
        raise file.problem((str(name),), f"is no alert with a threshold: expected one of {', '.join(THRESHOLDS)}")
    if not isinstance(entries, list) or not entries:
        raise file.problem((name,), "expected a list of limits, such as `- {team: db, value: 10}`")
    limits: list[Limit] = []
    for index, entry in enumerate(entries):
        for limit in _entry(file, (name, index), entry):
            if any(limit.labels == other.labels for other in limits):
                raise file.problem((name, index), f"has the same labels as another limit of {name}: expected one")
            limits.append(limit)
    return sorted(limits, key=_rank)


def _entry(file: YamlFile, place: tuple[str, int], document: Any) -> Sequence[Limit]:
    try:
        entry = msgspec.convert(document, Entry)
    except msgspec.ValidationError as error:
        raise file.problem(place, f"{error}: expected value, and of {', '.join(LABELS)} what chooses hosts") from error
    unit = THRESHOLDS[place[0]]
    if not 0 <= entry.value <= unit.most:
        raise file.problem((*place, "value"), f"{entry.value:g}: expected {unit.name} from 0 to {unit.most:g}")
    return [Limit(labels, entry.value) for labels in entry.expand_labels()]


def _rank(limit: Limit) -> tuple[Any, ...]:
    return (*(label not in limit.labels for label in LABELS), *(limit.labels.get(label, "") for label in LABELS))
