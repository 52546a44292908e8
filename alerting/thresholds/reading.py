"""Reads `thresholds.yml`: the limits of some hosts and of what is on them, by alert; an error names file and line."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from alerting.rules.limited_alerts import THRESHOLDS
from alerting.thresholds import patterns
from vigie.core.yaml_file import YamlFile, read

FILE = "thresholds.yml"
LABELS = ("instance", "host", "service", "team", "env", "dc")  # of a host, the most specific one first
ITEM_LABELS = ("mountpoint", "device", "fstype", "name", "controller", "job")  # of what is on it, likewise
Value = Annotated[str, Meta(min_length=1)]
Values = Value | tuple[Value, ...]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One limit, and the labels of those that have it: each a value, or several of which one must be right."""

    value: float
    mountpoint: Values = ()
    device: Values = ()
    fstype: Values = ()
    name: Values = ()
    controller: Values = ()
    job: Values = ()
    instance: Values = ()
    host: Values = ()
    service: Values = ()
    team: Values = ()
    env: Values = ()
    dc: Values = ()

    def given(self) -> dict[str, tuple[str, ...]]:
        """Return the labels that are given, each with its values."""
        values = {label: getattr(self, label) for label in (*ITEM_LABELS, *LABELS)}
        return {label: (some,) if isinstance(some, str) else some for label, some in values.items() if some}

    def expand_labels(self) -> Iterator[dict[str, str]]:
        """Yield the labels, each with one value."""
        given = self.given()
        for combination in itertools.product(*given.values()):
            yield dict(zip(given, combination, strict=True))


class Limit(NamedTuple):
    """A limit and the labels of those that have it, without labels of all; those of an alert's items are patterns."""

    labels: Mapping[str, str]
    value: float


def load(site: Path | None) -> dict[str, list[Limit]]:
    """Return the limits of each alert that has some, those that win first; raises UsageProblemError.

    The one that names a more specific label wins: the labels of the alert's items, then those of `LABELS`, in their
    order. With the same labels the more specific pattern wins, then the one that stands first. Twice the same labels
    with the same values are refused.
    """
    path = site / FILE if site else None
    if path is None or not path.exists():
        return {}
    file = read(path)
    if not isinstance(file.document, dict):
        raise file.problem((), "expected alerts with lists of limits")
    return {name: _limits(file, name, entries) for name, entries in sorted(file.document.items(), key=str)}


def list_labels(alert: str) -> tuple[str, ...]:
    """Return the labels by which an alert's limits may choose, the most specific one first."""
    items = THRESHOLDS[alert].items.dimensions
    chosen = (*(label for label in ITEM_LABELS if label in items), *(label for label in LABELS if label in items))
    return (*chosen, *(label for label in LABELS if label not in chosen))


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
    return sorted(limits, key=lambda limit: _rank(name, limit))


def _entry(file: YamlFile, place: tuple[str, int], document: Any) -> Sequence[Limit]:
    expected = ", ".join(list_labels(place[0]))
    try:
        entry = msgspec.convert(document, Entry)
    except msgspec.ValidationError as error:
        raise file.problem(place, f"{error}: expected value, and of {expected} what chooses hosts") from error
    threshold = THRESHOLDS[place[0]]
    if not 0 <= entry.value <= threshold.unit.most:
        sentence = f"{entry.value:g}: expected {threshold.unit.name} from 0 to {threshold.unit.most:g}"
        raise file.problem((*place, "value"), sentence)
    for label, values in entry.given().items():
        if label not in list_labels(place[0]):
            raise file.problem((*place, label), f"the series of {place[0]} have no such label: expected {expected}")
        wrong = [value for value in values if label in threshold.items.dimensions and not patterns.is_valid(value)]
        if wrong:
            sentence = f"{wrong[0]!r} is no pattern: expected a regular expression of RE2, such as `eth.*`"
            raise file.problem((*place, label), sentence)
    return [Limit(labels, entry.value) for labels in entry.expand_labels()]


def _rank(alert: str, limit: Limit) -> tuple[Any, ...]:
    labels = list_labels(alert)
    dimensions = [label for label in labels if label in THRESHOLDS[alert].items.dimensions]
    return (
        *(label not in limit.labels for label in labels),
        *(patterns.rank(limit.labels.get(label, "")) for label in dimensions),
        *(limit.labels.get(label, "") for label in labels if label not in dimensions),
    )
