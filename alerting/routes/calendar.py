"""Days and times as Alertmanager's intervals, also those that end on the next day; and what is wrong with them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
DAY_OF_MONTH = re.compile(r"-?([1-9]|[12][0-9]|3[01])(:-?([1-9]|[12][0-9]|3[01]))?")
MIDNIGHT, END_OF_DAY = "00:00", "24:00"


def make_intervals(
    start: str, end: str, timezone: str, weekdays: Sequence[str] = (), days_of_month: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the intervals between two times on these days, in Alertmanager's words.

    Over midnight they are two, as Alertmanager has no other way: the second is of the day after.
    """
    if start < end:
        return [_interval(start, end, timezone, weekdays, days_of_month)]
    evening = _interval(start, END_OF_DAY, timezone, weekdays, days_of_month)
    if end == MIDNIGHT:
        return [evening]
    return [
        evening,
        _interval(MIDNIGHT, end, timezone, [day for text in weekdays for day in _days_after(text)], days_of_month),
    ]


def find_faults(
    start: str, end: str, timezone: str, weekdays: Sequence[str] = (), days_of_month: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield (setting, sentence) for each that Alertmanager would refuse."""
    if end <= start and days_of_month:
        yield "to", f"{end} is not after {start}, and the days are of the month: expected two entries, one for each day"
    if start == END_OF_DAY:
        yield "from", "24:00 is the end of a day: expected 00:00"
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "timezone", f"{timezone} is not known here: expected one as Europe/Paris"
    for text in weekdays:
        if any(day.lower() not in DAYS for day in text.split(":")) or text.count(":") > 1:
            yield "weekdays", f"{text}: expected days as monday, or monday:friday"
    for text in days_of_month:
        if not DAY_OF_MONTH.fullmatch(text):
            yield "days_of_month", f"{text}: expected days as 1, -1 or 1:7"


def _interval(
    start: str, end: str, timezone: str, weekdays: Sequence[str], days_of_month: Sequence[str]
) -> dict[str, Any]:
    interval: dict[str, Any] = {"times": [{"start_time": start, "end_time": end}], "location": timezone}
    if weekdays:
        interval["weekdays"] = [day for text in weekdays for day in _without_wrap(text)]
    if days_of_month:
        interval["days_of_month"] = list(days_of_month)
    return interval


def _without_wrap(text: str) -> list[str]:
    """Return some days; one by one where they go over a Saturday, because Alertmanager's week begins on Sunday."""
    first, _, last = text.lower().partition(":")
    return [text] if DAYS.index(first) <= DAYS.index(last or first) else _expand(text)


def _days_after(text: str) -> list[str]:
    return [DAYS[(DAYS.index(day) + 1) % len(DAYS)] for day in _expand(text)]


def _expand(text: str) -> list[str]:
    """Return each day of some: `friday:sunday` is Friday, Saturday and Sunday."""
    first, _, last = text.lower().partition(":")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [DAYS[number % len(DAYS)] for number in range(start, end + 1 if end >= start else end + 1 + len(DAYS))]
