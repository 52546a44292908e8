"""The list of all containers."""

import flask

from vigie.console.data.cache import read_all
from vigie.console.data.containers import STATES, Container, to_containers
from vigie.console.queries.containers import COLUMNS, QUERIES
from vigie.console.web import filtering, sorting
from vigie.console.web.cells import cell
from vigie.console.web.page import Page
from vigie.console.web.page_context import PageContext, render
from vigie.console.web.query_params import limit_rows, query_param

PAGE = Page(title="Containers", address="/containers", menu=30)
HEADINGS = {
    "state": "State",
    "name": "Container",
    "host": "Host",
    "dc": "DC",
    **{name: column.title for name, column in COLUMNS.items()},
    "image": "Image",
}
TAGS = ["dc", "host", "image", "state", "health"]


def show(context: PageContext) -> flask.Response:
    """Return the page."""
    readings = read_all({name: context.sources.query(query) for name, query in QUERIES.items()})
    containers = to_containers({name: reading.value for name, reading in readings.items()})
    chosen = filtering.parse(query_param("q"))
    by = sorting.parse(query_param("sort"), HEADINGS, "state")
    rows = sort_containers([row for row in containers if chosen.test(row)], by)
    return render(
        "containers.html",
        PAGE.title,
        readings,
        rows=[(row, _cells(row)) for row in limit_rows(rows, context.settings.rows)],
        matching=len(rows),
        total=len(containers),
        chosen=chosen,
        names=TAGS + sorted({name for row in containers for name in row.tags}),
        headings=HEADINGS,
        columns=COLUMNS,
        sort=by,
        grafana=context.grafana("containers", {}),
    )


def sort_containers(rows: list[Container], by: sorting.Sort) -> list[Container]:
    """Return the containers in order; by state what is worst comes first."""
    if by.column in COLUMNS:
        return sorting.by_value(rows, by)
    if by.column == "state":
        return sorting.by_key(rows, by, lambda row: (_rank(row), row.dc, row.host, row.name))
    return sorting.by_key(rows, by, lambda row: (getattr(row, by.column), row.name))


def _rank(row: Container) -> tuple[bool, int]:
    return row.health != "unhealthy", STATES.index(row.state) if row.state in STATES else len(STATES)


def _cells(row: Container) -> list[tuple[str, str]]:
    return [cell(row.values.get(name), column, is_bar=name == "limit") for name, column in COLUMNS.items()]
