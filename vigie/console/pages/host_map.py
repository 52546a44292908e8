"""The host map: a tile for each host, and the numbers of the fleet."""

from collections.abc import Iterable
from typing import Any

import flask

from vigie.console.data.cache import read_all
from vigie.console.data.host_readings import read_hosts, start_host_queries
from vigie.console.data.hosts import Host, group_hosts, tag_names
from vigie.console.queries.hosts import COLOURS, METRICS, SIZES
from vigie.console.web import filtering, units
from vigie.console.web.fleet_summary import fleet_summary
from vigie.console.web.page import Page
from vigie.console.web.page_context import PageContext, render
from vigie.console.web.query_params import choice_param, query_param

PAGE = Page(title="Map", address="/", menu=10)
SCALE_STEPS = 5  # of a colour scale without thresholds
LARGE, MIDDLE = 60, 400  # up to so many hosts tiles have room for a name, or for a number


def show(context: PageContext) -> flask.Response:
    """Return the page."""
    readings = read_all(start_host_queries(context.sources))
    hosts = read_hosts(readings)
    chosen = filtering.parse(query_param("q"))
    rows = [row for row in hosts if chosen.test(row)]
    names = tag_names(hosts)
    colour = choice_param("colour", COLOURS, "cpu")
    size, group = choice_param("size", SIZES), choice_param("group", names)
    highest = {name: highest_value(rows, name) for name in COLOURS}
    groups = group_hosts(rows, group)
    return render(
        "host_map.html",
        "Host map",
        readings,
        summary=fleet_summary(readings, rows, chosen),
        groups=[(name, [tile(row, colour, highest, size) for row in members]) for name, members in groups],
        total=len(hosts),
        shown=len(rows),
        tiles="large" if len(rows) <= LARGE else "middle" if len(rows) <= MIDDLE else "small",
        chosen=chosen,
        names=names,
        choices={"colour": colour, "size": size, "group": group, "q": chosen.text},
        metrics={name: METRICS[name] for name in COLOURS},
        sizes={name: METRICS[name] for name in SIZES},
        scales={name: _scale_facts(name, highest[name]) for name in COLOURS},
        grafana=context.grafana("fleet", {}),
    )


def highest_value(rows: Iterable[Host], name: str) -> float:
    """Return the highest value of a metric among the hosts, where its colour scale ends."""
    return max((row.values[name] for row in rows if name in row.values), default=0.0)


def level(row: Host, name: str, highest: float) -> str:
    """Return the CSS class of a tile: the host's status unless it is up, else the level of the metric."""
    if row.status != "up":
        return row.status
    metric, value = METRICS[name], row.values.get(name)
    if value is None:
        return "none"
    if metric.critical is not None and metric.warning is not None:
        return "critical" if value >= metric.critical else "warning" if value >= metric.warning else "ok"
    return f"n{min(SCALE_STEPS - 1, int(SCALE_STEPS * value / highest))}" if highest > 0 else "n0"


def tile(row: Host, colour: str, highest: dict[str, float], size: str) -> dict[str, Any]:
    """Return what the template and the script need of a host; `highest` has the highest value of each metric."""
    metric = METRICS[colour]
    is_up = row.status == "up"
    return {
        "host": row,
        "level": level(row, colour, highest[colour]),
        "shown": units.show(row.values.get(colour), metric.unit) if is_up else row.status.replace("_", " "),
        "packed": "|".join(_short(row.values.get(name)) for name in COLOURS),
        "size": _size(row.values.get(size)) if size else "",
    }


def _size(value: float | None) -> str:
    """Return the class of a tile's size: each step is four times as much, from 2 cores or 2 GiB on."""
    if value is None:
        return "z0"
    amount = value / 2**30 if value > 2**20 else value
    return "z0" if amount <= 2 else "z1" if amount <= 8 else "z2" if amount <= 32 else "z3"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _scale_facts(name: str, highest: float) -> dict[str, Any]:
    metric = METRICS[name]
    return {
        "title": metric.title,
        "unit": metric.unit,
        "warning": metric.warning,
        "critical": metric.critical,
        "highest": highest,
        "at": COLOURS.index(name),
    }
