"""Containers: the list of all, and one of them with its charts."""

import flask

from vigie.console.data.containers import COLUMNS, QUERIES, STATES, Container, containers
from vigie.console.pages.cells import cell
from vigie.console.pages.reading import charted, first, query_param, read_all
from vigie.console.web import filtering, links, sorting
from vigie.console.web.page_context import PageContext, known_or_404, render

HEADINGS = {
    "state": "State",
    "name": "Container",
    "host": "Host",
    "dc": "DC",
    **{name: column.title for name, column in COLUMNS.items()},
    "image": "Image",
}
NAMES = ["dc", "host", "image", "state", "health"]


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the pages on the application."""

    @web.get("/containers")
    def all_containers() -> flask.Response:
        readings = read_all({name: context.sources.query(query) for name, query in QUERIES.items()})
        found = containers({name: one.value for name, one in readings.items()})
        chosen = filtering.parse(query_param("q"))
        by = sorting.parse(query_param("sort"), HEADINGS, "state")
        rows = ordered([row for row in found if chosen.test(row)], by)
        return render(
            "containers.html",
            "Containers",
            readings,
            rows=[(row, _cells(row)) for row in first(rows, context.settings.rows)],
            matching=len(rows),
            total=len(found),
            chosen=chosen,
            names=NAMES + sorted({name for row in found for name in row.tags}),
            headings=HEADINGS,
            columns=COLUMNS,
            sort=by,
            grafana=context.grafana("containers", {}),
        )

    @web.get("/container")
    def one_container() -> flask.Response:
        return _detail(context)


def ordered(rows: list[Container], by: sorting.Sort) -> list[Container]:
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


def _detail(context: PageContext) -> flask.Response:
    dc, host, name = query_param("dc"), query_param("host"), query_param("name")
    labels = {"dc": dc, "instance": host, "name": name}
    pending = {key: context.sources.query(query) for key, query in QUERIES.items()}
    readings = read_all({**pending, "targets": context.sources.targets()})
    found = containers({key: readings[key].value for key in QUERIES})
    mine = next((one for one in found if (one.dc, one.host, one.name) == (dc, host, name)), None)
    targets = (readings["targets"].value or {}).get("targets", ())
    answer = render(
        "container.html",
        name,
        readings,
        container=mine,
        name=name,
        host=host,
        dc=dc,
        **charted("container", labels, links.container(dc, host, name)),
        columns=COLUMNS,
        endpoints=[
            one
            for one in targets
            if (one.get("dc"), one.get("host")) == (dc, host) and str(one.get("instance")).startswith(f"{host}/{name}:")
        ],
        grafana=context.grafana("container", {"dc": dc, "instance": host, "container": name}),
    )
    return known_or_404(answer, mine, readings)
