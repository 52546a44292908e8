"""The page of metrics: each with its type, labels and help, from the programs' own declarations."""

import functools
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry

import discovery.metrics.gauges
import exporter
from discovery.guard.snapshot import Snapshot
from discovery.metrics.counters import Counters as DiscoveryCounters
from exporter.exposition.text import Family
from tools.reference.markdown import code, page, table
from vigie.console.web.counters import Counters as ConsoleCounters
from vigie.core.builtin import builtin
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.integrations.metrics import read_metrics
from vigie.core.promql import catalogue
from vigie.provision.watch import Metrics as ProvisionMetrics

ROOT = Path(__file__).parents[2]
HELP = re.compile(r"^# HELP (\S+) (.*)$")
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$")
SERIES = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})? ")
LABEL = re.compile(r'(\w+)="(?:[^"\\]|\\.)*"')
PARTS = re.compile(r"_(bucket|sum|count)$")
# The files of the catalogue that name what the exporter gives.
CATALOGUES = ("node", "containers", "exporter")
INTRO = """\
Every metric that our programs can give. Which of the exporter's a host has depends on its hardware and on the
collectors that are on. Labels of the target (`job`, `instance`, `host`, `dc` and yours) come besides.
Metrics of integrations come last; those have the label `integration` too.
[Our own metrics](own-metrics.md) explains those that begin with `vigie_` further, with the meaning of their labels.
Series that our rules record are in [Alerts](alerts.md)."""


class Metric(NamedTuple):
    """A metric: name, type, help and label names."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()


def metrics_page() -> str:
    """Return the page of all metrics."""
    parts = [INTRO]
    for title, metrics in programs():
        parts += [f"## {title}", metric_table(metrics)]
    return page("Metrics", *parts)


def programs() -> Iterator[tuple[str, Iterable[Metric]]]:
    """Yield a title and the metrics of each program and collector."""
    told: dict[str, Metric] = {}
    for path in sorted((ROOT / "tests" / "golden").glob("*.prom")):
        metrics = read_page(path.read_text())
        told |= {metric.name: metric for metric in metrics}
        yield f"Collector {path.stem}", metrics
    further = {metric.name: metric for metric in declared_families() if metric.name not in told}
    yield "Further families of the exporter", sorted(further.values())
    yield "Further names that kernels give", catalogued(told.keys() | further.keys())
    yield "Discovery", discovery_metrics()
    yield "Provisioner (`vigie provision drift --watch-interval`)", of_registry(ProvisionMetrics(lambda: 0.0).registry)
    yield "Console", console_metrics()
    for integration in read_catalogue().integrations.values():
        yield f"Integration {integration.manifest.title}", list(integration_metrics(integration.folder))


def integration_metrics(folder: Path) -> Iterator[Metric]:
    """Yield the metrics of an integration's catalogue, with their unit in the text."""
    for metric in read_metrics(folder):
        unit = "" if metric.unit == "none" else f" ({metric.unit})"
        untried = " No server of the tests tells it." if metric.is_recorded else ""
        yield Metric(metric.name, metric.kind, f"{metric.text}{unit}.{untried}")


def catalogued(told: AbstractSet[str]) -> Iterator[Metric]:
    """Yield what the exporter's catalogue has beyond what was told: fields that only some kernels have."""
    types = catalogue.load()
    for name in sorted(name for file in CATALOGUES for name in read_names(file)):
        if name not in told and PARTS.sub("", name) not in told:
            yield Metric(name, types[name], "A field of the kernel, by its name there.")


def read_names(file: str) -> Iterator[str]:
    """Yield the names in a file of the catalogue."""
    for line in builtin("vigie", "core", "promql", "catalogue", f"{file}.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()[0]


def metric_table(metrics: Iterable[Metric]) -> str:
    """Return the table of metrics."""
    rows = ((code(each.name), each.kind, ", ".join(map(code, each.labels)) or "none", each.help) for each in metrics)
    return table(("metric", "type", "labels", "help"), rows)


def read_page(text: str) -> list[Metric]:
    """Return the metrics of a page in text format, with the labels that its series have."""
    helps: dict[str, str] = {}
    kinds: dict[str, str] = {}
    labels: dict[str, dict[str, None]] = {}
    for line in text.splitlines():
        if match := HELP.match(line):
            helps[match[1]] = match[2]
        elif match := TYPE.match(line):
            kinds[match[1]] = match[2]
        elif match := SERIES.match(line):
            name = match[1] if match[1] in kinds else PARTS.sub("", match[1])
            labels.setdefault(name, {}).update(dict.fromkeys(LABEL.findall(match[2] or "")))
    return [Metric(name, kind, helps.get(name, ""), tuple(labels.get(name, ()))) for name, kind in kinds.items()]


def declared_families() -> Iterator[Metric]:
    """Yield every family that a module of the exporter declares, also within tuples, lists and dicts."""
    for module in walk_modules(exporter):
        for family in sorted(set(families_in(vars(module).values()))):
            is_typed = catalogue.load().get(family.name, family.kind)
            yield Metric(family.name, is_typed, family.help, family.labels)


def walk_modules(package: ModuleType) -> Iterator[ModuleType]:
    """Yield a package and all modules below it."""
    yield package
    for entry in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(entry.name)


def families_in(values: Iterable[Any], depth: int = 4) -> Iterator[Family]:
    """Yield the families among values and in what they hold."""
    for value in values:
        if isinstance(value, Family):
            yield value
        elif depth and isinstance(value, type) and value.__module__.startswith("exporter."):
            yield from families_in(vars(value).values(), depth - 1)
        elif depth and isinstance(value, dict):
            yield from families_in([*value, *value.values()], depth - 1)
        elif depth and isinstance(value, (tuple, list, frozenset, set)):
            yield from families_in(value, depth - 1)


@functools.cache
def discovery_metrics() -> tuple[Metric, ...]:
    """Return what discovery shows, of an empty state."""
    counters = DiscoveryCounters()
    discovery.metrics.gauges.make_page(lambda: Snapshot(datacenters=()), counters)
    return of_registry(counters.registry)


@functools.cache
def console_metrics() -> tuple[Metric, ...]:
    """Return what the console shows."""
    counters = ConsoleCounters(SimpleNamespace(loads=0, failures=0))  # type: ignore[arg-type]
    return of_registry(counters._registry)  # noqa: SLF001


def of_registry(registry: CollectorRegistry) -> tuple[Metric, ...]:
    """Return the metrics of a registry of prometheus_client, with their declared labels."""
    metrics = []
    for collector in registry._collector_to_names:  # noqa: SLF001
        for family in collector.collect():
            names = getattr(collector, "_labelnames", None) or getattr(family, "_labelnames", ())
            name = f"{family.name}_total" if family.type == "counter" else family.name
            metrics.append(Metric(name, family.type, family.documentation, tuple(names or ())))
    return tuple(sorted(metrics))
