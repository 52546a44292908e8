"""Thresholds: from which value on a number has which colour."""

from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.models import dashboard

from dashboards.panels.colours import CRITICAL, OK, WARNING


class Threshold(NamedTuple):
    """From `value` on (None: from the lowest), a number has this colour."""

    value: float | None
    colour: str


def thresholds(warning: float, critical: float) -> list[Threshold]:
    """Return the thresholds of a number that is better the lower it is."""
    return [Threshold(None, OK), Threshold(warning, WARNING), Threshold(critical, CRITICAL)]


def at_least(value: float) -> list[Threshold]:
    """Return the thresholds of a number that is critical below `value`."""
    return [Threshold(None, CRITICAL), Threshold(value, OK)]


NONE_EXPECTED = [Threshold(None, OK), Threshold(1, CRITICAL)]


def encode_thresholds(thresholds: Sequence[Threshold]) -> list[dashboard.Threshold]:
    """Return thresholds as Grafana's models."""
    return [dashboard.Threshold(value=threshold.value, color=threshold.colour) for threshold in thresholds]
