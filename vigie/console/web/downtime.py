"""Makes a silence from a form; every mistake is a sentence for the person who filled it in."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from vigie.core.settings import parse_duration_seconds

MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"(.*)"|(.*?))\s*')
IDENTITY = re.compile(r"[0-9a-f-]{1,64}")
LONGEST_SECONDS = 31 * 86_400  # whoever needs more wants a recurring downtime, or no alert
LONGEST_TEXT = 1000


def silence(lines: Sequence[str], duration: str, comment: str, user: str, now: datetime) -> dict[str, Any]:
    """Return what to post to Alertmanager; raise ValueError with a sentence for a person.

    One matcher at least must want a value: else the silence would match everything.
    """
    matchers = [matcher(line) for line in lines if line.strip()]
    if not any(matcher["isEqual"] and _wants_something(matcher) for matcher in matchers):
        raise ValueError("What: expected at least a line that wants a value, such as host=web-1.")
    if not comment.strip():
        raise ValueError("Why: expected a reason.")
    return {
        "matchers": matchers,
        "startsAt": now.astimezone(UTC).isoformat(),
        "endsAt": (now + timedelta(seconds=seconds(duration))).astimezone(UTC).isoformat(),
        "createdBy": user,
        "comment": comment.strip()[:LONGEST_TEXT],
    }


def seconds(duration: str) -> float:
    """Return the length of `2h` or `1d12h`; raise ValueError with a sentence."""
    try:
        length = parse_duration_seconds(duration.strip())
    except ValueError:
        raise ValueError(f"How long: {duration!r} is no duration such as 30m, 2h or 1d.") from None
    if not 60 <= length <= LONGEST_SECONDS:
        raise ValueError("How long: expected between 1m and 31d.")
    return length


def matcher(line: str) -> dict[str, Any]:
    """Return the matcher of `name=value` (also `!=`, `=~`, `!~`); raise ValueError with a sentence."""
    match = MATCHER.fullmatch(line[:LONGEST_TEXT])
    if match is None:
        raise ValueError(f"What: {line.strip()!r} is not name=value (also !=, =~ and !~).")
    name, sign, quoted, plain = match.groups()
    value = plain if quoted is None else quoted
    if "~" in sign:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"What: {value!r} is no regular expression: {error}.") from None
    return {"name": name, "value": value, "isRegex": "~" in sign, "isEqual": not sign.startswith("!")}


def _wants_something(matcher: dict[str, Any]) -> bool:
    return not re.fullmatch(matcher["value"], "") if matcher["isRegex"] else bool(matcher["value"])
