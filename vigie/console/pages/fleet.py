"""The host map: a tile for each host, and the numbers of the fleet."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import flask

from vigie.console.data.cache import Reading
from vigie.console.data.fleet import STATUSES, Host, grouped, tag_names
from vigie.console.data.fleet_queries import COLOURS, METRICS, SIZES
from vigie.console.data.prometheus import Sample
from vigie.console.pages.reading import choice, fleet, query_param, read_all, start_host_queries
from vigie.console.web import filtering, units
from vigie.console.web.page_context import PageContext, render

SCALE = 5  # steps of a colour scale without thresholds
LARGE, MIDDLE = 60, 400  # up to so many hosts tiles have room for a name, or for a number


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the page on the application."""

    @web.get("/")
    def host_map() -> flask.Response:
        readings = read_all(start_host_queries(context.sources))
        every = fleet(readings)
        chosen = filtering.parse(query_param("q"))
        rows = [row for row in every if chosen.test(row)]
        names = tag_names(every)
        colour = choice("colour", COLOURS, "cpu")
        size, group = choice("size", SIZES), choice("group", names)
        scales = {name: scale(rows, name) for name in COLOURS}
        return render(
            "fleet.html",
            "Host map",
            readings,
            summary=told(readings, rows, chosen),
            groups=[(name, [tile(row, colour, scales, size) for row in of]) for name, of in grouped(rows, group)],
            total=len(every),
            shown=len(rows),
            tiles="large" if len(rows) <= LARGE else "middle" if len(rows) <= MIDDLE else "small",
            chosen=chosen,
            names=names,
            choices={"colour": colour, "size": size, "group": group, "q": chosen.text},
            metrics={name: METRICS[name] for name in COLOURS},
            sizes={name: METRICS[name] for name in SIZES},
            scales={name: _scale_facts(name, scales[name]) for name in COLOURS},
            grafana=context.grafana("fleet", {}),
        )


def told(readings: Mapping[str, Reading[Any]], rows: Iterable[Host], chosen: filtering.Filter) -> dict[str, int] | None:
    """Return the numbers of the hosts that are shown, None when nobody has told which hosts there are."""
    if readings["up"].value is None:
        return None
    return summary(rows, None if chosen.text else readings["alerts"].value)


def summary(rows: Iterable[Host], firing: Iterable[Sample] | None = None) -> dict[str, int]:
    """Return how many hosts have each status, and how many alerts fire by severity.

    `firing` are the alerts of everything, those without a host included; without them, those of the hosts count.
    """
    rows = list(rows)
    statuses = Counter(row.status for row in rows)
    found = {name: statuses[name] for name in STATUSES}
    severities = None if firing is None else Counter(one.labels.get("severity") for one in firing)
    for name in ("critical", "warning"):
        found[name] = sum(row.alerts.get(name, 0) for row in rows) if severities is None else severities[name]
    found["containers"] = int(sum(row.values.get("containers", 0) for row in rows))
    return found


def scale(rows: Iterable[Host], name: str) -> float:
    """Return the highest value of a metric among the hosts, where its colour scale ends."""
    return max((row.values[name] for row in rows if name in row.values), default=0.0)


def level(row: Host, name: str, highest: float) -> str:
    """Return the class of a tile: its trouble, else how far the metric is."""
    if row.status != "up":
        return row.status
    metric, value = METRICS[name], row.values.get(name)
    if value is None:
        return "none"
    if metric.critical is not None and metric.warning is not None:
        return "critical" if value >= metric.critical else "warning" if value >= metric.warning else "ok"
    return f"n{min(SCALE - 1, int(SCALE * value / highest))}" if highest > 0 else "n0"


def tile(row: Host, colour: str, scales: dict[str, float], size: str) -> dict[str, Any]:
    """Return what the template and the script need of a host."""
    metric = METRICS[colour]
    return {
        "host": row,
        "level": level(row, colour, scales[colour]),
        "shown": units.show(row.values.get(colour), metric.unit) if row.status == "up" else row.status,
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
