"""Silences of Alertmanager: what `vigie downtime` adds, lists and ends."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from alerting.delivery.alertmanager import Alertmanager
from vigie.core.errors import ProblemError, UsageProblemError

MATCHER = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)(.*)", re.DOTALL)
OVER = "expired"


class Silence(NamedTuple):
    """A silence as people see it; times in UTC."""

    id: str
    state: str
    matchers: tuple[str, ...]
    ends_at: datetime
    created_by: str
    comment: str


def parse_matcher(text: str) -> dict[str, Any]:
    """Return the matcher of `name=value`, `name!=value`, `name=~regex` or `name!~regex` in Alertmanager's words.

    Raises UsageProblemError for anything else.
    """
    match = MATCHER.fullmatch(text)
    if match is None:
        raise UsageProblemError(f"--match {text!r}: expected name=value, name!=value, name=~regex or name!~regex")
    name, sign, value = match.groups()
    return {"name": name, "value": value, "isRegex": "~" in sign, "isEqual": not sign.startswith("!")}


def make_silence(
    matches: Sequence[str], start: datetime, seconds: float, created_by: str, comment: str
) -> dict[str, Any]:
    """Return what to post for a silence; raises UsageProblemError when it would match everything."""
    matchers = [parse_matcher(text) for text in matches]
    if not any(each["isEqual"] and not _matches_nothing(each) for each in matchers):
        raise UsageProblemError("--match: expected one at least that wants a value, as host=web-1: else all is silent")
    ends = start + timedelta(seconds=seconds)
    return {
        "matchers": matchers,
        "startsAt": start.isoformat(),
        "endsAt": ends.isoformat(),
        "createdBy": created_by,
        "comment": comment,
    }


def add(server: Alertmanager, silence: dict[str, Any]) -> str:
    """Post a silence and return its id."""
    return str(server.json("POST", "/api/v2/silences", silence)["silenceID"])


def list_current(server: Alertmanager) -> list[Silence]:
    """Return the silences that are active or to come, the first to end first."""
    silences = [_read(silence) for silence in server.json("GET", "/api/v2/silences")]
    return sorted(
        (silence for silence in silences if silence.state != OVER), key=lambda silence: (silence.ends_at, silence.id)
    )


def end(server: Alertmanager, prefix: str) -> Silence:
    """End the one current silence whose id begins with `prefix`; return it; raises ProblemError for none or several."""
    silences = [silence for silence in list_current(server) if prefix and silence.id.startswith(prefix)]
    if len(silences) != 1:
        which = "several downtimes" if silences else "no downtime"
        raise ProblemError(f"{which} with an id that begins with {prefix!r}: `vigie downtime list` shows them")
    server.ask("DELETE", f"/api/v2/silence/{quote(silences[0].id, safe='')}")
    return silences[0]


def _matches_nothing(matcher: dict[str, Any]) -> bool:
    """Tell whether a matcher is true of a label that is missing, so that it chooses nothing."""
    return bool(re.fullmatch(matcher["value"], "")) if matcher["isRegex"] else not matcher["value"]


def _read(answer: dict[str, Any]) -> Silence:
    signs = {(True, True): "=~", (True, False): "!~", (False, True): "=", (False, False): "!="}
    matchers = tuple(
        each["name"] + signs[each["isRegex"], each.get("isEqual", True)] + each["value"] for each in answer["matchers"]
    )
    ends_at = datetime.fromisoformat(answer["endsAt"]).astimezone(UTC)
    return Silence(answer["id"], answer["status"]["state"], matchers, ends_at, answer["createdBy"], answer["comment"])
