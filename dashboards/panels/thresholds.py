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


# Numbers that several panels show have one set of colours.
ONE_WARNS = [Threshold(None, OK), Threshold(1, WARNING)]
LOAD_COLOURS = thresholds(1, 2)
MEMORY_COLOURS = thresholds(0.8, 0.92)  # the second is where MemoryHigh begins
BUDGET_COLOURS = [Threshold(None, CRITICAL), Threshold(0, WARNING), Threshold(0.25, OK)]


def encode_thresholds(thresholds: Sequence[Threshold]) -> list[dashboard.Threshold]:
    """Return thresholds as Grafana's models."""
    return [dashboard.Threshold(value=threshold.value, color=threshold.colour) for threshold in thresholds]
