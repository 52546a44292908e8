"""Routes by any label, in Alertmanager's words."""

from collections.abc import Sequence
from typing import Any

from alerting.routes.model import LabelRoute, Names, names

Route = dict[str, Any]


def render(route: LabelRoute, muted: Sequence[Route]) -> Route:
    """Return a route with all below it; `muted` are the recurring downtimes, which each receiver gets as children.

    Several receivers become children of it that are asked last.
    """
    receivers = names(route.receivers)
    rendered: Route = {"matchers": list(route.match)} if route.match else {}
    if route.continue_:
        rendered["continue"] = True
    rendered |= route.raw | _periods(route) | _intervals(route.hours, route.muted)
    children = [render(member, muted) for member in route.routes]
    if len(receivers) == 1:
        rendered["receiver"] = receivers[0]
    silenced = [{**downtime, **_hours(route.hours)} for downtime in muted]
    if len(receivers) == 1:
        children += silenced
    elif receivers:
        children += _receivers(route, receivers, silenced)
    if children:
        rendered["routes"] = children
    return rendered


def _receivers(route: LabelRoute, receivers: Sequence[str], silenced: Sequence[Route]) -> list[Route]:
    """Return a child for each of several receivers: all but the last let the alert go on."""
    below = {"routes": list(silenced)} if silenced else {}
    leaves: list[Route] = [
        {"receiver": name, "continue": True, **_intervals(route.hours, route.muted), **below} for name in receivers
    ]
    del leaves[-1]["continue"]
    return leaves


def _periods(route: LabelRoute) -> Route:
    chosen = {
        "group_by": list(route.by) if route.by is not None else None,
        "group_wait": route.wait,
        "group_interval": route.interval,
        "repeat_interval": route.repeat,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _intervals(hours: Names | None, muted: Names | None) -> Route:
    return _hours(hours) | ({"mute_time_intervals": list(names(muted))} if muted else {})


def _hours(hours: Names | None) -> Route:
    return {"active_time_intervals": list(names(hours))} if hours else {}
