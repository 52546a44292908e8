"""Recurring downtimes: `downtimes.yml`, which become time intervals of Alertmanager."""

from typing import Annotated, Any

from msgspec import Meta

from alerting.routes.calendar import make_intervals
from alerting.routes.model import ClockTime, Part


class Downtime(Part, frozen=True):
    """What is muted, on which days and between which times; without days or times, on all of them.

    Where `to` is not after `from`, it ends on the next day.

    `match` are matchers of Alertmanager; weekdays as `monday` or `monday:friday`, days of the month as `1` or `-7:-1`.
    """

    match: Annotated[tuple[str, ...], Meta(min_length=1)]
    comment: str
    weekdays: tuple[str, ...] = ()
    days_of_month: tuple[str, ...] = ()
    from_: ClockTime = "00:00"
    to: ClockTime = "24:00"
    timezone: str = "UTC"


def interval(name: str, downtime: Downtime) -> dict[str, Any]:
    """Return the time interval of a downtime, in Alertmanager's words."""
    intervals = make_intervals(
        downtime.from_, downtime.to, downtime.timezone, downtime.weekdays, downtime.days_of_month
    )
    return {"name": interval_name(name), "time_intervals": intervals}


def interval_name(name: str) -> str:
    """Return the name of a downtime's interval, which must not be that of any hours."""
    return f"downtime-{name}"
