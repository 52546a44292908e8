"""One host: charts, containers, busiest commands, alerts, and how it is registered and scraped."""

from collections.abc import Iterable, Mapping
from typing import Any

import flask

from vigie.console.data import charts, integrations
from vigie.console.data.alerts import alerts_of_host, to_alerts
from vigie.console.data.cache import read_all
from vigie.console.data.containers import to_containers
from vigie.console.data.host_readings import read_hosts, start_host_queries
from vigie.console.data.hosts import STATUSES
from vigie.console.data.prometheus import Sample
from vigie.console.queries import processes
from vigie.console.queries.containers import QUERIES as CONTAINER_QUERIES
from vigie.console.queries.hosts import WINDOW
from vigie.console.web import links, units
from vigie.console.web.page import NOT_IN_MENU, Page
from vigie.console.web.page_context import PageContext, known_or_404, render
from vigie.console.web.query_params import chart_values, query_param

PAGE = Page(title="Host", address="/host", menu=NOT_IN_MENU)


def show(context: PageContext) -> flask.Response:
    """Return the page of the host that the address names by `dc` and `name`."""
    dc, name = query_param("dc"), query_param("name")
    labels = {"dc": dc, "instance": name}
    readings = read_all(_start_queries(context, charts.selector("host", labels)))
    host = next((row for row in read_hosts(readings) if (row.dc, row.name) == (dc, name)), None)
    containers = to_containers({key: readings[f"container {key}"].value for key in CONTAINER_QUERIES})
    answer = render(
        "host.html",
        name,
        readings,
        host=host,
        dc=dc,
        name=name,
        **chart_values("host", labels, links.host(dc, name)),
        statuses=STATUSES,
        containers=[row for row in containers if (row.dc, row.host) == (dc, name)],
        commands=_busiest_commands(readings["cpu of commands"].value or (), readings["memory of commands"].value or ()),
        alerts=alerts_of_host(to_alerts(readings["rules"].value), dc, name),
        watched=integrations.on_host(
            integrations.to_watched(integrations.take(readings), context.integrations), dc, name
        ),
        states=integrations.STATES,
        context=context,
        targets=list_targets(readings["targets"].value, dc, name),
        scrapes=list_scrapes(readings["scrapes"].value, dc, name),
        grafana=context.grafana("host", {"dc": dc, "instance": name}),
    )
    return known_or_404(answer, host, readings)


def _start_queries(context: PageContext, select: str) -> dict[str, Any]:
    sources = context.sources
    return {
        **start_host_queries(sources),
        **{f"container {key}": sources.query(query) for key, query in CONTAINER_QUERIES.items()},
        "cpu of commands": sources.query(charts.fill(processes.CPU, select, WINDOW)),
        "memory of commands": sources.query(charts.fill(processes.RESIDENT, select, WINDOW)),
        **integrations.start_queries(sources, context.integrations),
        "rules": sources.rules(),
        "targets": sources.targets(),
        "scrapes": sources.scrapes(),
    }


def _busiest_commands(cpu: Iterable[Sample], resident: Iterable[Sample]) -> list[dict[str, str]]:
    """Return the busiest commands, with the memory of those that hold most."""
    memory = {sample.labels.get("command", ""): sample.value for sample in resident}
    used = {sample.labels.get("command", ""): sample.value for sample in cpu}
    names = sorted(used.keys() | memory.keys(), key=lambda name: (-used.get(name, 0), -memory.get(name, 0)))
    return [
        {
            "name": name,
            "cpu": units.show(used.get(name), "share"),
            "memory": units.show(memory.get(name), "bytes"),
        }
        for name in names[: processes.TOP]
    ]


def list_targets(overview: Mapping[str, Any] | None, dc: str, name: str) -> list[Mapping[str, Any]]:
    """Return what discovery has of a host: its exporter first, then what else runs on it."""
    targets = (overview or {}).get("targets", ())
    own = [target for target in targets if (target.get("dc"), target.get("host")) == (dc, name)]
    return sorted(own, key=_target_key)


def _target_key(target: Mapping[str, Any]) -> tuple[bool, str, str]:
    return target.get("job") != "node", str(target.get("job")), str(target.get("instance"))


def list_scrapes(answer: Mapping[str, Any] | None, dc: str, name: str) -> list[dict[str, Any]]:
    """Return how Prometheus scrapes what runs on a host."""
    return [
        {
            "job": labels.get("job", ""),
            "instance": labels.get("instance", ""),
            "url": target.get("scrapeUrl", ""),
            "health": target.get("health", "unknown"),
            "error": target.get("lastError", ""),
            "seconds": target.get("lastScrapeDuration"),
            "last": str(target.get("lastScrape", ""))[:19].replace("T", " "),
        }
        for target in (answer or {}).get("activeTargets", ())
        if (labels := target.get("labels", {})).get("dc") == dc and labels.get("host") == name
    ]
