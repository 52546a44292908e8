"""The infrastructure list: a row for each host, sorted and filtered as the address says."""

from typing import Any

import flask

from vigie.console.data.cache import read_all
from vigie.console.data.host_readings import read_hosts, start_host_queries
from vigie.console.data.hosts import SEVERITIES, STATUSES, Host, tag_names
from vigie.console.queries.hosts import COLUMNS, METRICS
from vigie.console.web import filtering, sorting
from vigie.console.web.cells import cell
from vigie.console.web.fleet_summary import fleet_summary
from vigie.console.web.page import Page
from vigie.console.web.page_context import PageContext, render
from vigie.console.web.query_params import limit_rows, query_param

PAGE = Page(title="Hosts", address="/hosts", menu=20)
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


def show(context: PageContext) -> flask.Response:
    """Return the page."""
    readings = read_all(start_host_queries(context.sources))
    hosts = read_hosts(readings)
    chosen = filtering.parse(query_param("q"))
    by = sorting.parse(query_param("sort"), HEADINGS, "status")
    rows = sort_hosts([row for row in hosts if chosen.test(row)], by)
    return render(
        "hosts.html",
        PAGE.title,
        readings,
        rows=[_template_row(row) for row in limit_rows(rows, context.settings.rows)],
        matching=len(rows),
        total=len(hosts),
        summary=fleet_summary(readings, rows, chosen),
        chosen=chosen,
        names=tag_names(hosts),
        headings=HEADINGS,
        sort=by,
        statuses=STATUSES,
        metrics={name: METRICS[name] for name in COLUMNS},
    )


def sort_hosts(rows: list[Host], by: sorting.Sort) -> list[Host]:
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


def _template_row(row: Host) -> dict[str, Any]:
    return {"host": row, "cells": [cell(row.values.get(name), METRICS[name], is_bar=name in BARS) for name in COLUMNS]}
