"""The infrastructure list: a row for each host, sorted and filtered as the address says."""

from typing import Any

import flask

from vigie.console.data.fleet import SEVERITIES, STATUSES, Host, tag_names
from vigie.console.data.fleet_queries import COLUMNS, METRICS
from vigie.console.pages.cells import cell
from vigie.console.pages.fleet import told
from vigie.console.pages.reading import first, fleet, query_param, read_all, start_host_queries
from vigie.console.web import filtering, sorting
from vigie.console.web.page_context import PageContext, render

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


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the page on the application."""

    @web.get("/hosts")
    def infrastructure() -> flask.Response:
        readings = read_all(start_host_queries(context.sources))
        every = fleet(readings)
        chosen = filtering.parse(query_param("q"))
        by = sorting.parse(query_param("sort"), HEADINGS, "status")
        rows = ordered([row for row in every if chosen.test(row)], by)
        return render(
            "hosts.html",
            "Hosts",
            readings,
            rows=[shown(row) for row in first(rows, context.settings.rows)],
            matching=len(rows),
            total=len(every),
            summary=told(readings, rows, chosen),
            chosen=chosen,
            names=tag_names(every),
            headings=HEADINGS,
            sort=by,
            statuses=STATUSES,
            metrics={name: METRICS[name] for name in COLUMNS},
        )


def ordered(rows: list[Host], by: sorting.Sort) -> list[Host]:
    """Return the hosts in order; those without a value come last either way."""
    if by.column in METRICS:
        return sorting.by_value(rows, by)
    return sorting.by_key(rows, by, lambda row: _text_key(row, by.column))


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
    return {"host": row, "cells": [cell(row.values.get(name), METRICS[name], is_bar=name in BARS) for name in COLUMNS]}
