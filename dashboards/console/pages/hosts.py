"""The infrastructure list: a row for each host, sorted and filtered as the address says."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import flask

from dashboards.console import filtering, units
from dashboards.console.fleet import SEVERITIES, STATUSES, Host, tag_names
from dashboards.console.fleetqueries import COLUMNS, METRICS
from dashboards.console.pages.fleet import summary
from dashboards.console.pages.reading import fleet, read_all, start_fleet, wish
from dashboards.console.site import Site, render

TEXTS = {"system": "System", "kernel": "Kernel", "version": "Agent"}
HEADINGS = {
    "status": "Status",
    "host": "Host",
    "dc": "DC",
    "alerts": "Alerts",
    **{name: METRICS[name].title for name in COLUMNS},
    **TEXTS,
}
BARS = ("cpu", "memory", "disk")


class Sort(NamedTuple):
    """By which column rows are sorted, and whether the highest comes first."""

    column: str
    is_descending: bool


def add(web: flask.Flask, site: Site) -> None:
    """Put the page on the application."""

    @web.get("/hosts")
    def infrastructure() -> flask.Response:
        readings = read_all(start_fleet(site.sources))
        every = fleet(readings)
        chosen = filtering.parse(wish("q"))
        by = parse_sort(wish("sort", "status"), HEADINGS)
        rows = ordered([row for row in every if chosen.test(row)], by)
        most = len(rows) if wish("all") else site.settings.rows
        return render(
            "hosts.html",
            "Hosts",
            readings,
            rows=[shown(row) for row in rows[:most]],
            matching=len(rows),
            total=len(every),
            summary=summary(rows),
            chosen=chosen,
            names=tag_names(every),
            headings=HEADINGS,
            sort=by,
            statuses=STATUSES,
            metrics={name: METRICS[name] for name in COLUMNS},
        )


def parse_sort(text: str, columns: Iterable[str], default: str = "status") -> Sort:
    """Return the order that `cpu` or `-cpu` asks for, by the default column when it is none of them."""
    name = text.removeprefix("-")
    return Sort(name, text.startswith("-")) if name in columns else Sort(default, is_descending=False)


def ordered(rows: list[Host], by: Sort) -> list[Host]:
    """Return the hosts in order; those without a value come last either way."""
    if by.column in METRICS:
        known = [row for row in rows if by.column in row.values]
        known.sort(key=lambda row: row.values[by.column], reverse=by.is_descending)
        return known + [row for row in rows if by.column not in row.values]
    return sorted(rows, key=lambda row: _text_key(row, by.column), reverse=by.is_descending)


def _text_key(row: Host, column: str) -> Any:
    if column == "status":  # what is wrong first
        return (tuple(STATUSES).index(row.status), _severity_key(row), row.dc, row.name)
    if column == "alerts":
        return (*_severity_key(row), row.name)
    return (row.tag(column), row.name)


def _severity_key(row: Host) -> tuple[int, ...]:
    return tuple(-row.alerts.get(name, 0) for name in SEVERITIES)


def shown(row: Host) -> dict[str, Any]:
    """Return a row as the template shows it."""
    return {"host": row, "cells": [_cell(row, name) for name in COLUMNS]}


def _cell(row: Host, name: str) -> tuple[str, str]:
    """Return the text of a number and the classes of its cell: its level, and how far its bar goes."""
    metric, value = METRICS[name], row.values.get(name)
    text = units.show(value, metric.unit)
    if value is None:
        return text, ""
    classes = []
    if name in BARS:
        classes.append(f"gauge b{max(0, min(100, round(value * 100)))}")
    if metric.now is not None and metric.soon is not None and value >= metric.soon:
        classes.append("now" if value >= metric.now else "soon")
    return text, " ".join(classes)
