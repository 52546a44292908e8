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
    families = metadata or {}
    metrics = []
    for sample in counts or ():
        name = sample.labels.get("__name__", "")
        family = _family(families, name)
        metrics.append(
            Metric(
                name,
                family.get("type", ""),
                family.get("unit") or unit_of(name),
                family.get("help", ""),
                int(sample.value),
            )
        )
    return sorted(metrics)


def unit_of(name: str) -> str:
    """Return the unit that a name ends with, the empty text for none."""
    base = name
    for suffix in SUFFIXES:
        base = base.removesuffix(suffix)
    return UNITS.get(base.rpartition("_")[2], "")


def filter_metrics(metrics: Sequence[Metric], words: str) -> list[Metric]:
    """Return the metrics whose name or help has each of the words."""
    lowered = words.lower().split()
    return [
        metric
        for metric in metrics
        if all(word in metric.name.lower() or word in metric.help.lower() for word in lowered)
    ]


def plot_expression(metric: Metric) -> str:
    """Return what is worth plotting of a metric: of a counter its rate."""
    if metric.name.endswith("_bucket"):
        return f"histogram_quantile(0.95, sum by (le) (rate({metric.name}[5m])))"
    is_counter = metric.type == "counter" or (metric.name.endswith("_total") and not metric.type)
    return f"rate({metric.name}[5m])" if is_counter else metric.name


def _family(families: Mapping[str, Any], name: str) -> Mapping[str, str]:
    """Return what the metric's family says; a histogram's parts have their family's name and a suffix."""
    for candidate in (name, *(name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix))):
        if families.get(candidate):
            first: Mapping[str, str] = families[candidate][0]
            return first
    return {}
