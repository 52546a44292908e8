"""One container with its charts and endpoints."""

import flask

from vigie.console.data import integrations
from vigie.console.data.cache import read_all
from vigie.console.data.containers import to_containers
from vigie.console.queries.containers import COLUMNS, QUERIES
from vigie.console.web import links
from vigie.console.web.page import NOT_IN_MENU, Page
from vigie.console.web.page_context import PageContext, known_or_404, render
from vigie.console.web.query_params import chart_values, query_param

PAGE = Page(title="Container", address="/container", menu=NOT_IN_MENU)


def show(context: PageContext) -> flask.Response:
    """Return the page of the container that the address names by `dc`, `host` and `name`."""
    dc, host, name = query_param("dc"), query_param("host"), query_param("name")
    labels = {"dc": dc, "instance": host, "name": name}
    pending = {key: context.sources.query(query) for key, query in QUERIES.items()}
    asked = integrations.start_queries(context.sources, context.integrations)
    readings = read_all({**pending, **asked, "targets": context.sources.targets()})
    containers = to_containers({key: readings[key].value for key in QUERIES})
    container = next((row for row in containers if (row.dc, row.host, row.name) == (dc, host, name)), None)
    targets = (readings["targets"].value or {}).get("targets", ())
    answer = render(
        "container.html",
        name,
        readings,
        container=container,
        name=name,
        host=host,
        dc=dc,
        **chart_values("container", labels, links.container(dc, host, name)),
        columns=COLUMNS,
        endpoints=[
            target
            for target in targets
            if (target.get("dc"), target.get("host")) == (dc, host)
            and str(target.get("instance")).startswith(f"{host}/{name}:")
        ],
        watched=integrations.on_container(
            integrations.to_watched(integrations.take(readings), context.integrations), dc, host, name
        ),
        states=integrations.STATES,
        context=context,
        grafana=context.grafana("container", {"dc": dc, "instance": host, "container": name}),
    )
    return known_or_404(answer, container, readings)
