"""The tree of routes as a subtree of Grafana's notification policies."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from alerting.routes import tree
from alerting.routes.downtimes import Downtime
from alerting.routes.grafana.contactpoints import contact_point_name
from alerting.routes.grafana.timings import ALWAYS, timing_name
from alerting.routes.matchers import parse_matcher
from alerting.routes.model import NOBODY, Raw, Routes, names
from alerting.rules.grafana import duration
from vigie.core.errors import UsageProblemError

Policy = dict[str, Any]
# Our rules carry this label and the subtree asks for it: alerts of others keep their ways.
LABEL, VALUE = "routes", "vigie"
MARK = [LABEL, "=", VALUE]
PERIODS = ("group_wait", "group_interval", "repeat_interval")
# Without inhibition a lost network is an alert of each machine, and grouped by these a message of each.
OF_A_MACHINE = frozenset({"host", "instance", "job", "..."})
LEAST_GROUPING = ("alertname", "dc")
TIMINGS = ("mute_time_intervals", "active_time_intervals")


def policy(routes: Routes, downtimes: Mapping[str, Downtime]) -> Policy:
    """Return our subtree, as Grafana gives it back.

    Its grouping lets go of machines: with Alertmanager one alert holds back those of all machines that are lost with
    it, which Grafana has nothing for.
    Raises UsageProblemError for a matcher that is none, and when there is no receiver.
    """
    default = next(
        (name for name in names(routes.default.critical) if name != NOBODY),
        next((name for name, receiver in routes.receivers.items() if not receiver.silent), ""),
    )
    if not default:
        raise UsageProblemError("receivers: expected one at least, because Grafana's policies can't do without")
    if routes.raw != Raw() or any(member.raw for member in routes.routes):
        raise UsageProblemError("raw: it is said in Alertmanager's words, and notifier is grafana: expected none")
    silent = {NOBODY, *(name for name, receiver in routes.receivers.items() if receiver.silent)}
    return {**_convert(tree.render(routes, downtimes), default, silent), "object_matchers": [MARK]}


def _convert(route: Mapping[str, Any], default: str, silent: set[str]) -> Policy:
    converted: Policy = {}
    for name, value in route.items():
        if name == "matchers":
            converted["object_matchers"] = sorted(
                map(parse_matcher, value), key=itemgetter(0, 2)
            )  # as Grafana gives them back
        elif name == "group_by":
            converted[name] = [label for label in value if label not in OF_A_MACHINE] or list(LEAST_GROUPING)
        elif name in PERIODS:
            converted[name] = duration(value)
        elif name in TIMINGS:
            converted[name] = [timing_name(member) for member in value]
        elif name == "routes":
            converted[name] = [_convert(member, default, silent) for member in value]
        elif name == "receiver" and value in silent:
            converted |= {"receiver": contact_point_name(default), "mute_time_intervals": [ALWAYS]}
        elif name == "receiver":
            converted[name] = contact_point_name(value)
        else:
            converted[name] = value
    return converted
