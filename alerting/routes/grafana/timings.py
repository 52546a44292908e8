"""Hours and recurring downtimes as Grafana's time intervals (it calls them mute timings)."""

from collections.abc import Mapping
from typing import Any

from alerting.routes import downtimes as recurring
from alerting.routes import hours
from alerting.routes.downtimes import Downtime
from alerting.routes.model import Routes
from alerting.rules.native import PREFIX

# Mutes what `nobody` would hear: Grafana has no contact point without a way. No hours have a name with a space.
ALWAYS = f"{PREFIX}any time"


def timings(routes: Routes, downtimes: Mapping[str, Downtime]) -> dict[str, list[dict[str, Any]]]:
    """Return the intervals of each of our timings, by its name in Grafana."""
    intervals = [
        *(hours.interval(name, period) for name, period in routes.hours.items()),
        *(recurring.interval(name, period) for name, period in downtimes.items()),
    ]
    always = {ALWAYS: [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]}
    return always | {timing_name(period["name"]): period["time_intervals"] for period in intervals}


def timing_name(name: str) -> str:
    """Return the name in Grafana of what Alertmanager's configuration calls `name`."""
    return PREFIX + name
