"""The tree of routes: heartbeat, alerts that notify nobody, immediate ones, the teams, and the default."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alerting.routes import label_routes, muting
from alerting.routes.downtimes import Downtime
from alerting.routes.model import NOBODY, Heartbeat, Routes, Team, Timing, names
from vigie.core.settings import parse_duration_seconds

Route = dict[str, Any]
SEVERITIES = ("critical", "warning", "info")
HEARTBEAT_REPEAT = 5 / 6  # of its interval
TEST_LABEL = "test_receiver"  # of `vigie alert test --to`; no rule has it


def render(routes: Routes, downtimes: Mapping[str, Downtime]) -> Route:
    """Return the root route. Each leaf has the recurring downtimes as children: the root may mute nothing.

    Raises UsageProblemError where the downtimes overlap in too many ways.
    """
    children: list[Route] = [
        {"matchers": [f'{TEST_LABEL}="{name}"'], "receiver": name, "group_wait": "0s"} for name in routes.receivers
    ]
    children += [label_routes.render(route, downtimes) for route in routes.routes]
    children += [_heartbeat(routes.heartbeat), {"matchers": ['severity="none"'], "receiver": NOBODY}]
    if routes.immediate:
        matcher = f'alertname=~"{"|".join(routes.immediate)}"'
        children.append({"matchers": [matcher], "routes": _teams(routes, downtimes, wait="0s")})
    children += _teams(routes, downtimes)
    return {
        "receiver": names(routes.default.critical)[0],  # never reached: each alert has a leaf
        "group_by": list(routes.grouping.by),
        "group_interval": routes.grouping.interval,
        "group_wait": routes.severities["critical"].wait,
        "repeat_interval": routes.severities["critical"].repeat,
        "routes": children,
    }


def _heartbeat(heartbeat: Heartbeat | None) -> Route:
    matchers = ['alertname="Watchdog"']
    if heartbeat is None:
        return {"matchers": matchers, "receiver": NOBODY}
    # Alertmanager looks every group_interval, and at the second look less than that has passed since the first message
    # went out: with an equal repeat_interval only every other look is a message. With a much shorter one the second of
    # a pair, which looks 15 s later, would send too.
    return {
        "matchers": matchers,
        "receiver": heartbeat.receiver,
        "group_by": ["alertname"],
        "group_wait": "0s",
        "group_interval": heartbeat.every,
        "repeat_interval": f"{parse_duration_seconds(heartbeat.every) * HEARTBEAT_REPEAT * 1000:.0f}ms",
    }


def _teams(routes: Routes, downtimes: Mapping[str, Downtime], wait: str | None = None) -> list[Route]:
    """Return a route for each team, and the default's after them."""
    team_routes = [
        {"matchers": [f'team="{name}"'], "routes": list(_leaves(routes, team, downtimes, wait))}
        for name, team in routes.teams.items()
    ]
    return team_routes + list(_leaves(routes, Team(), downtimes, wait))


def _leaves(routes: Routes, team: Team, downtimes: Mapping[str, Downtime], wait: str | None) -> Iterator[Route]:
    """Yield the leaves of each severity; an alert with another or none is a mistake, and told as a critical one is."""
    for severity in SEVERITIES:
        matcher = _matcher_of(severity, routes.severities[severity].also)
        yield from _severity(routes, team, severity, matcher, downtimes, wait)
    yield from _severity(routes, team, "critical", f'severity!~"{"|".join(SEVERITIES)}"', downtimes, wait)


def _severity(
    routes: Routes, team: Team, severity: str, matcher: str, downtimes: Mapping[str, Downtime], wait: str | None
) -> Iterator[Route]:
    how, own = routes.severities[severity], team.timing.get(severity, Timing())
    hours = own.hours or how.hours
    receivers = names(getattr(team, severity)) or names(getattr(routes.default, severity))
    for place, name in enumerate(receivers, 1):
        leaf: Route = {
            "matchers": [matcher],
            "receiver": name,
            "group_wait": wait or own.wait or how.wait,
            "repeat_interval": own.repeat or how.repeat,
        }
        if place < len(receivers):
            leaf["continue"] = True
        if hours is not None:
            leaf["active_time_intervals"] = [hours]
        # Nobody is always muted in Grafana, which a child of it would not inherit.
        children = muting.children(downtimes, names(hours)) if name != NOBODY else []
        yield {**leaf, "routes": children} if children else leaf


def _matcher_of(severity: str, also: Sequence[str]) -> str:
    """Return the matcher of a severity, with the names that others have for it."""
    if not also:
        return f'severity="{severity}"'
    return f'severity=~"{"|".join(re.escape(name) for name in (severity, *also))}"'
