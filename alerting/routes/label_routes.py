"""Routes by any label, in Alertmanager's words."""

from collections.abc import Mapping
from typing import Any

from alerting.routes import muting
from alerting.routes.downtimes import Downtime
from alerting.routes.model import NOBODY, LabelRoute, Names, names

Route = dict[str, Any]


def render(route: LabelRoute, downtimes: Mapping[str, Downtime]) -> Route:
    """Return a route with all below it; each receiver that hears something has the downtimes as children.

    Several receivers become children of it that are asked last. Raises as `muting.children` does.
    """
    receivers = names(route.receivers)
    rendered: Route = {"matchers": list(route.match)} if route.match else {}
    if route.continue_:
        rendered["continue"] = True
    rendered |= route.raw | _periods(route) | _intervals(route.hours, route.muted)
    children = [render(member, downtimes) for member in route.routes]
    if len(receivers) == 1:
        rendered["receiver"] = receivers[0]
        children += _silenced(route, receivers[0], downtimes)
    elif receivers:
        children += [_leaf(route, name, downtimes, goes_on=name != receivers[-1]) for name in receivers]
    if children:
        rendered["routes"] = children
    return rendered


def _leaf(route: LabelRoute, receiver: str, downtimes: Mapping[str, Downtime], *, goes_on: bool) -> Route:
    """Return the child of one of several receivers: all but the last let the alert go on."""
    leaf: Route = {"receiver": receiver, **({"continue": True} if goes_on else {})}
    leaf |= _intervals(route.hours, route.muted)
    below = _silenced(route, receiver, downtimes)
    return {**leaf, "routes": below} if below else leaf


def _silenced(route: LabelRoute, receiver: str, downtimes: Mapping[str, Downtime]) -> list[Route]:
    return muting.children(downtimes, names(route.hours), names(route.muted)) if receiver != NOBODY else []


def _periods(route: LabelRoute) -> Route:
    chosen = {
        "group_by": list(route.by) if route.by is not None else None,
        "group_wait": route.wait,
        "group_interval": route.interval,
        "repeat_interval": route.repeat,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _intervals(hours: Names | None, muted: Names | None) -> Route:
    active: Route = {"active_time_intervals": list(names(hours))} if hours else {}
    return active | ({"mute_time_intervals": list(names(muted))} if muted else {})
