"""One host: charts, containers, busiest commands, alerts, and how it is registered and scraped."""

from collections.abc import Iterable, Mapping
from typing import Any

import flask

from vigie.console.data import alerts as alert_rows
from vigie.console.data import charts
from vigie.console.data.containers import QUERIES as CONTAINER_QUERIES
from vigie.console.data.containers import containers
from vigie.console.data.fleet import STATUSES
from vigie.console.data.prometheus import Sample
from vigie.console.pages.reading import charted, fleet, query_param, read_all, start_host_queries
from vigie.console.web import links, units
from vigie.console.web.page_context import PageContext, known_or_404, render

TOP = 10


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the page on the application."""

    @web.get("/host")
    def host() -> flask.Response:
        dc, name = query_param("dc"), query_param("name")
        labels = {"dc": dc, "instance": name}
        select = charts.selector("host", labels)
        pending = {
            **start_host_queries(context.sources),
            **{f"container {key}": context.sources.query(query) for key, query in CONTAINER_QUERIES.items()},
            "commands": context.sources.query(_commands(select)),
            "resident": context.sources.query(f"topk({TOP}, vigie_process_resident_bytes{{{select}}})"),
            "rules": context.sources.rules(),
            "targets": context.sources.targets(),
            "scrapes": context.sources.scrapes(),
        }
        readings = read_all(pending)
        found = next((one for one in fleet(readings) if (one.dc, one.name) == (dc, name)), None)
        inside = {key: readings[f"container {key}"].value for key in CONTAINER_QUERIES}
        answer = render(
            "host.html",
            name,
            readings,
            host=found,
            dc=dc,
            name=name,
            **charted("host", labels, links.host(dc, name)),
            statuses=STATUSES,
            containers=[one for one in containers(inside) if (one.dc, one.host) == (dc, name)],
            commands=_top(readings["commands"].value or (), readings["resident"].value or ()),
            alerts=alert_rows.of_host(alert_rows.alerts(readings["rules"].value), dc, name),
            registered=registered(readings["targets"].value, dc, name),
            scraped=scraped(readings["scrapes"].value, dc, name),
            grafana=context.grafana("host", {"dc": dc, "instance": name}),
        )
        return known_or_404(answer, found, readings)


def _commands(select: str) -> str:
    return f"topk({TOP}, rate(vigie_process_cpu_seconds_total{{{select}}}[2m]))"


def _top(cpu: Iterable[Sample], resident: Iterable[Sample]) -> list[dict[str, str]]:
    """Return the busiest commands, with the memory of those that are known to hold most."""
    memory = {one.labels.get("command", ""): one.value for one in resident}
    used = {one.labels.get("command", ""): one.value for one in cpu}
    names = sorted(used.keys() | memory.keys(), key=lambda name: (-used.get(name, 0), -memory.get(name, 0)))
    return [
        {
            "name": name,
            "cpu": units.show(used.get(name), "share"),
            "memory": units.show(memory.get(name), "bytes"),
        }
        for name in names[:TOP]
    ]


def registered(found: Mapping[str, Any] | None, dc: str, name: str) -> list[Mapping[str, Any]]:
    """Return what discovery has of a host: its exporter first, then what else runs on it."""
    mine = [one for one in (found or {}).get("targets", ()) if (one.get("dc"), one.get("host")) == (dc, name)]
    return sorted(mine, key=lambda one: (one.get("job") != "node", str(one.get("job")), str(one.get("instance"))))


def scraped(found: Mapping[str, Any] | None, dc: str, name: str) -> list[dict[str, Any]]:
    """Return how Prometheus scrapes what runs on a host."""
    return [
        {
            "job": labels.get("job", ""),
            "instance": labels.get("instance", ""),
            "url": one.get("scrapeUrl", ""),
            "health": one.get("health", "unknown"),
            "error": one.get("lastError", ""),
            "seconds": one.get("lastScrapeDuration"),
            "last": str(one.get("lastScrape", ""))[:19].replace("T", " "),
        }
        for one in (found or {}).get("activeTargets", ())
        if (labels := one.get("labels", {})).get("dc") == dc and labels.get("host") == name
    ]
