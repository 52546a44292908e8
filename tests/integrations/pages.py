"""Reads pages of checks and of exporters, and holds them against each other and against `metrics.txt`."""

import re

from vigie.core.builtin import builtin
from vigie.core.integrations.metrics import read_metrics

SAMPLE = re.compile(r"^([a-zA-Z_:][^ {]*(?:\{.*\})?) (\S+)$", re.MULTILINE)
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
LABEL = re.compile(r'\w+="(?:[^"\\]|\\.)*"')


def read_types(page):
    """Return the type of each family by name."""
    return dict(TYPE.findall(page))


def read_series(page):
    """Return the value of each series; labels stand in the order of their names, without empty ones."""
    return {in_order(name): float(value) for name, value in SAMPLE.findall(page)}


def in_order(series):
    """Return a series' name with its labels in order."""
    name, _, labels = series.partition("{")
    kept = sorted(label for label in LABEL.findall(labels) if not label.endswith('=""'))
    return f"{name}{{{','.join(kept)}}}" if kept else name


def assert_catalogue_is(integration, pages):
    """Assert that `metrics.txt` has what the pages of real servers tell, and says `recorded` of everything else."""
    metrics = {metric.name: metric for metric in read_metrics(builtin("integrations", integration))}
    told = dict(pair for page in pages for pair in TYPE.findall(page))
    assert {name: kind for name, kind in told.items() if name not in metrics} == {}, "expected it in metrics.txt"
    assert {name: metrics[name].kind for name in told} == told
    expected = {name for name, metric in metrics.items() if not metric.is_recorded}
    assert expected - told.keys() == set(), "expected `recorded:` before the text of what no server tells"
    assert told.keys() - expected == set(), "it is told: expected no `recorded:`"
