"""Reads what several pages show: the fleet from Prometheus's answers, and the choices of the address."""

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import flask

from vigie.console.data import charts
from vigie.console.data.cache import Pending, Reading
from vigie.console.data.fleet import Host
from vigie.console.data.fleet import hosts as to_hosts
from vigie.console.data.fleet_queries import QUERIES
from vigie.console.data.sources import Sources
from vigie.console.web import timerange

T = TypeVar("T")
LONGEST = 500


def start_host_queries(sources: Sources) -> dict[str, Pending[Any]]:
    """Ask the fleet's questions, all at once."""
    return {name: sources.query(query) for name, query in QUERIES.items()}


def read_all(pending: Mapping[str, Pending[Any]]) -> dict[str, Reading[Any]]:
    """Wait for the answers."""
    return {name: one.get() for name, one in pending.items()}


def fleet(readings: Mapping[str, Reading[Any]]) -> list[Host]:
    """Return the hosts that the answers to the fleet's questions tell of."""
    return to_hosts({name: readings[name].value for name in QUERIES})


def query_param(name: str, default: str = "") -> str:
    """Return a parameter of the address, cut to a sane length."""
    return flask.request.args.get(name, default)[:LONGEST]


def choice(name: str, among: tuple[str, ...] | list[str], default: str = "") -> str:
    """Return a parameter that must be one of some, else the default."""
    found = query_param(name, default)
    return found if found in among else default


def first(rows: list[T], most: int) -> list[T]:
    """Return the rows that a list begins with, all of them when the address asks for all."""
    return rows if query_param("all") else rows[:most]


def time_range() -> timerange.Chosen:
    """Return the time that the address asks for."""
    return timerange.parse(flask.request.args, time.time())


def charted(kind: str, labels: Mapping[str, str], own: str) -> dict[str, Any]:
    """Return what a page with the charts of a host or container tells its template; `own` is the page's address."""
    about = {"kind": kind, "labels": labels, "charts": charts.SETS[kind], "own": own}
    return {**about, "chosen": time_range(), "ranges": timerange.CHOICES}
