"""Tells by the tree of routes who hears of an alert, as Alertmanager's dispatch/route.go does, `Match`."""

import re
from collections.abc import Mapping
from typing import Any

from alerting.routes.matchers import parse_matcher

Route = Mapping[str, Any]


def find_receivers(root: Route, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the receivers of an alert with these labels, in order; hours and mute times are not looked at."""
    return tuple(dict.fromkeys(_match(root, labels, "")))


def _match(route: Route, labels: Mapping[str, str], inherited: str) -> list[str]:
    if not all(_matches(matcher, labels) for matcher in route.get("matchers", ())):
        return []
    receiver = str(route.get("receiver", inherited))
    receivers: list[str] = []
    for child in route.get("routes", ()):
        below = _match(child, labels, receiver)
        receivers += below
        if below and not child.get("continue", False):
            break
    return receivers or [receiver]


def _matches(matcher: str, labels: Mapping[str, str]) -> bool:
    name, sign, value = parse_matcher(matcher)
    actual = labels.get(name, "")
    is_equal = re.fullmatch(value, actual) is not None if "~" in sign else actual == value
    return is_equal is not sign.startswith("!")
