"""Recurring downtimes: `downtimes.yml`, which become time intervals of Alertmanager."""

from typing import Annotated, Any

from msgspec import Meta

from alerting.routes.model import Part


class Downtime(Part, frozen=True):
    """What is muted, on which days and between which times; without days or times, on all of them.

    `match` are matchers of Alertmanager; weekdays as `monday` or `monday:friday`, days of the month as `1` or `-7:-1`.
    """

    match: Annotated[tuple[str, ...], Meta(min_length=1)]
    comment: str
    weekdays: tuple[str, ...] = ()
    days_of_month: tuple[str, ...] = ()
    from_: Annotated[str, Meta(pattern=r"^[0-2][0-9]:[0-5][0-9]$")] = "00:00"
    to: Annotated[str, Meta(pattern=r"^[0-2][0-9]:[0-5][0-9]$")] = "24:00"
    timezone: str = "UTC"


def interval(name: str, downtime: Downtime) -> dict[str, Any]:
    """Return the time interval of a downtime, in Alertmanager's words."""
    spec: dict[str, Any] = {
        "times": [{"start_time": downtime.from_, "end_time": downtime.to}],
        "location": downtime.timezone,
    }
    if downtime.weekdays:
        spec["weekdays"] = list(downtime.weekdays)
    if downtime.days_of_month:
        spec["days_of_month"] = list(downtime.days_of_month)
    return {"name": interval_name(name), "time_intervals": [spec]}


def interval_name(name: str) -> str:
    """Return the name of a downtime's interval, which must not be that of any hours."""
    return f"downtime-{name}"
