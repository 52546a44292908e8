"""Business hours as a time interval of Alertmanager."""

from typing import Any

from alerting.routes.model import Hours


def interval(name: str, hours: Hours) -> dict[str, Any]:
    """Return the time interval of some hours, in Alertmanager's words."""
    times = [{"start_time": hours.from_, "end_time": hours.to}]
    return {
        "name": name,
        "time_intervals": [{"weekdays": list(hours.days), "times": times, "location": hours.timezone}],
    }
