"""Business hours as a time interval of Alertmanager."""

from typing import Any

from alerting.routes.model import Hours


def interval(name: str, one: Hours) -> dict[str, Any]:
    """Return the time interval of some hours, in Alertmanager's words."""
    times = [{"start_time": one.from_, "end_time": one.to}]
    return {"name": name, "time_intervals": [{"weekdays": list(one.days), "times": times, "location": one.timezone}]}
