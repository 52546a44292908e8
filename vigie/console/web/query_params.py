"""Reads the parameters of a page's address."""

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import flask

from vigie.console.queries import charts
from vigie.console.web import timerange

T = TypeVar("T")
LONGEST = 500
LONGEST_EXPRESSION = 4000


def query_param(name: str, default: str = "") -> str:
    """Return a parameter of the address, cut to `LONGEST` characters."""
    return flask.request.args.get(name, default)[:LONGEST]


def choice_param(name: str, choices: tuple[str, ...] | list[str], default: str = "") -> str:
    """Return a parameter that must be one of the choices, else the default."""
    value = query_param(name, default)
    return value if value in choices else default


def limit_rows(rows: list[T], limit: int) -> list[T]:
    """Return the rows that a list begins with, all of them when the address asks for all."""
    return rows if query_param("all") else rows[:limit]


def expression_param() -> str:
    """Return the PromQL of the address, cut to `LONGEST_EXPRESSION` characters."""
    return flask.request.args.get("expr", "")[:LONGEST_EXPRESSION]


def time_range_param() -> timerange.Chosen:
    """Return the time range of the address."""
    return timerange.parse(flask.request.args, time.time())


def chart_values(kind: str, labels: Mapping[str, str], own_address: str) -> dict[str, Any]:
    """Return what the template of a page with the charts of a host or container needs."""
    return {
        "kind": kind,
        "labels": labels,
        "charts": charts.SETS[kind],
        "own": own_address,
        "chosen": time_range_param(),
        "ranges": timerange.CHOICES,
    }
