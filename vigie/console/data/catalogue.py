"""The catalogue of metrics: what Prometheus has, with type, unit, help, and how many series there are of each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from vigie.console.data.prometheus import Sample

SUFFIXES = ("_bucket", "_count", "_sum", "_total")
UNITS = {
    "bytes": "bytes",
    "seconds": "seconds",
    "celsius": "°C",
    "hertz": "Hz",
    "ratio": "ratio",
    "volts": "V",
    "watts": "W",
    "joules": "J",
    "percent": "%",
}


class Metric(NamedTuple):
    """One metric as the catalogue shows it."""

    name: str
    type: str
    unit: str
    help: str
    series: int


def to_metrics(metadata: Mapping[str, Any] | None, counts: Iterable[Sample] | None) -> list[Metric]:
    """Return the metrics that have series, by name."""
    known = metadata or {}
    found = []
    for one in counts or ():
        name = one.labels.get("__name__", "")
        told = _told(known, name)
        found.append(
            Metric(name, told.get("type", ""), told.get("unit") or unit(name), told.get("help", ""), int(one.value))
        )
    return sorted(found)


def unit(name: str) -> str:
    """Return the unit that a name ends with, the empty text for none."""
    base = name
    for suffix in SUFFIXES:
        base = base.removesuffix(suffix)
    return UNITS.get(base.rpartition("_")[2], "")


def filter_metrics(found: Sequence[Metric], words: str) -> list[Metric]:
    """Return the metrics whose name or help has each of the words."""
    wanted = words.lower().split()
    return [one for one in found if all(word in one.name.lower() or word in one.help.lower() for word in wanted)]


def plot_expression(one: Metric) -> str:
    """Return what is worth plotting of a metric: of a counter its rate."""
    if one.name.endswith("_bucket"):
        return f"histogram_quantile(0.95, sum by (le) (rate({one.name}[5m])))"
    is_counter = one.type == "counter" or (one.name.endswith("_total") and not one.type)
    return f"rate({one.name}[5m])" if is_counter else one.name


def _told(known: Mapping[str, Any], name: str) -> Mapping[str, str]:
    """Return what the metric's family says; a histogram's parts have their family's name and a suffix."""
    for candidate in (name, *(name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix))):
        if known.get(candidate):
            first: Mapping[str, str] = known[candidate][0]
            return first
    return {}
