"""The tree of routes: heartbeat, alerts that notify nobody, immediate ones, the teams, and the default."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alerting.routes import label_routes
from alerting.routes.downtimes import Downtime, interval_name
from alerting.routes.model import NOBODY, Heartbeat, Routes, Team, Timing, names
from vigie.core.settings import parse_duration_seconds

Route = dict[str, Any]
SEVERITIES = ("critical", "warning", "info")
HEARTBEAT_REPEAT = 5 / 6  # of its interval
TEST_LABEL = "test_receiver"  # of `vigie alert test --to`; no rule has it


def render(routes: Routes, downtimes: Mapping[str, Downtime]) -> Route:
    """Return the root route. Each leaf has the recurring downtimes as children: the root may mute nothing."""
    muted = [
        {"matchers": list(downtime.match), "mute_time_intervals": [interval_name(name)]}
        for name, downtime in downtimes.items()
    ]
    children: list[Route] = [
        {"matchers": [f'{TEST_LABEL}="{name}"'], "receiver": name, "group_wait": "0s"} for name in routes.receivers
    ]
    children += [label_routes.render(route, muted) for route in routes.routes]
    children += [_heartbeat(routes.heartbeat), {"matchers": ['severity="none"'], "receiver": NOBODY}]
    if routes.immediate:
        matcher = f'alertname=~"{"|".join(routes.immediate)}"'
        children.append({"matchers": [matcher], "routes": _teams(routes, muted, wait="0s")})
    children += _teams(routes, muted)
    return {
        "receiver": names(routes.default.critical)[0],  # an alert without severity is a mistake and must be noticed
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


def _teams(routes: Routes, muted: Sequence[Route], wait: str | None = None) -> list[Route]:
    """Return a route for each team, and the default's after them."""
    team_routes = [
        {"matchers": [f'team="{name}"'], "routes": list(_severities(routes, team, muted, wait))}
        for name, team in routes.teams.items()
    ]
    return team_routes + list(_severities(routes, Team(), muted, wait))


def _severities(routes: Routes, team: Team, muted: Sequence[Route], wait: str | None) -> Iterator[Route]:
    for severity in SEVERITIES:
        how, own = routes.severities[severity], team.timing.get(severity, Timing())
        hours = own.hours or how.hours
        receivers = names(getattr(team, severity)) or names(getattr(routes.default, severity))
        for place, name in enumerate(receivers, 1):
            leaf: Route = {
                "matchers": [_matcher_of(severity, how.also)],
                "receiver": name,
                "group_wait": wait or own.wait or how.wait,
                "repeat_interval": own.repeat or how.repeat,
            }
            if place < len(receivers):
                leaf["continue"] = True
            if hours is not None:
                leaf["active_time_intervals"] = [hours]
            children = [{**route, **_also(hours)} for route in muted]
            yield {**leaf, "routes": children} if children else leaf


def _matcher_of(severity: str, also: Sequence[str]) -> str:
    """Return the matcher of a severity, with the names that others have for it."""
    if not also:
        return f'severity="{severity}"'
    return f'severity=~"{"|".join(re.escape(name) for name in (severity, *also))}"'


def _also(hours: str | None) -> Route:
    """Return what a child must repeat: Alertmanager's children inherit no time intervals."""
    return {"active_time_intervals": [hours]} if hours is not None else {}
