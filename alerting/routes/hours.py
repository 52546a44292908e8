"""Business hours as a time interval of Alertmanager."""

from typing import Any

from alerting.routes.calendar import make_intervals
from alerting.routes.model import Hours


def interval(name: str, hours: Hours) -> dict[str, Any]:
    """Return the time interval of some hours, in Alertmanager's words."""
    return {"name": name, "time_intervals": make_intervals(hours.from_, hours.to, hours.timezone, hours.days)}
