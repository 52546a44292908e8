"""Reads `metrics.txt` of an integration: what its servers tell, with type, unit and text."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vigie.core import text_file
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.integrations.catalogue import read_catalogue

FILE = "metrics.txt"
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
UNITS = ("bytes", "microseconds", "milliseconds", "none", "percent", "ratio", "seconds", "timestamp")
RECORDED = "recorded: "
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
WORDS = 4


class Metric(NamedTuple):
    """A metric; `is_recorded` where no server of the tests tells it."""

    name: str
    kind: str
    unit: str
    text: str
    is_recorded: bool

    def series(self) -> Iterator[tuple[str, str]]:
        """Yield name and type of each of its series, as a query names them."""
        for suffix in SUFFIXES.get(self.kind, ("",)):
            yield self.name + suffix, "counter" if suffix else self.kind


def read_metrics(folder: Path) -> tuple[Metric, ...]:
    """Return the metrics of an integration's folder, none without the file; raise ProblemError for a bad line."""
    path = folder / FILE
    if not path.exists():
        return ()
    metrics: dict[str, Metric] = {}
    for number, line in enumerate(text_file.read(path).splitlines(), 1):
        if line and not line.startswith("#"):
            metric = _metric(f"{path}: line {number}", line)
            if metric.name in metrics:
                raise UsageProblemError(f"{path}: line {number}: {metric.name} is there twice: expected it once")
            metrics[metric.name] = metric
    return tuple(metrics.values())


def read_series(folder: Path) -> dict[str, str]:
    """Return the type of each series that an integration tells, by name; raise as `read_metrics`."""
    return {name: kind for metric in read_metrics(folder) for name, kind in metric.series()}


def load_types(own_folder: Path | None) -> dict[str, str]:
    """Return the type by name of all series of integrations, ours and of `own_folder`.

    A folder whose file is faulty costs itself alone: its own check says what is wrong.
    """
    types: dict[str, str] = {}
    for integration in read_catalogue(own_folder).integrations.values():
        with contextlib.suppress(ProblemError):
            types |= read_series(integration.folder)
    return types


def _metric(place: str, line: str) -> Metric:
    words = line.split(maxsplit=WORDS - 1)
    if len(words) < WORDS:
        raise UsageProblemError(f"{place}: expected a metric's name, its type, its unit and a text")
    name, kind, unit, text = words
    if kind not in TYPES:
        raise UsageProblemError(f"{place}: type {kind!r}: expected one of {', '.join(TYPES)}")
    if unit not in UNITS:
        raise UsageProblemError(f"{place}: unit {unit!r}: expected one of {', '.join(UNITS)}")
    return Metric(name, kind, unit, text.removeprefix(RECORDED), text.startswith(RECORDED))
