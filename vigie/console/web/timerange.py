"""The time range in an address: `range=1h`, or `from` and `to` in seconds since the epoch."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from vigie.console.data.prometheus import Range

CHOICES = {
    "15m": 900,
    "1h": 3600,
    "3h": 10_800,
    "12h": 43_200,
    "1d": 86_400,
    "7d": 604_800,
    "30d": 2_592_000,
}
DEFAULT = "1h"
POINTS = 240  # as many as a chart on a phone has pixels for, and a fast answer
SHORTEST_STEP_SECONDS = 5
MOST_MISSING_SECONDS = 15
SHORTEST_SECONDS, LONGEST_SECONDS = 60, 400 * 86_400
WINDOW_SECONDS = 120  # the shortest rate: eight scrapes of 15 s


class Chosen(NamedTuple):
    """The chosen range; `name` is one of `CHOICES`, or empty when the address has `from` and `to`."""

    name: str
    start: float
    end: float

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters of an address with this range."""
        return {"range": self.name} if self.name else {"from": f"{self.start:.0f}", "to": f"{self.end:.0f}"}

    @property
    def range(self) -> Range:
        """Return it with a step, ending at a round time, so that viewers share answers.

        Not at a whole step: of a month's chart the last hours would be missing.
        """
        step = max(SHORTEST_STEP_SECONDS, math.ceil((self.end - self.start) / POINTS))
        step = next((nice for nice in (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200) if nice >= step), step)
        round_seconds = min(step, MOST_MISSING_SECONDS)
        end = math.floor(self.end / round_seconds) * round_seconds
        return Range(end - math.ceil((self.end - self.start) / step) * step, end, step)

    @property
    def window(self) -> str:
        """Return the window of a rate as PromQL writes it: no gap at a lost scrape, no event between points."""
        return f"{max(WINDOW_SECONDS, self.range.step):.0f}s"


def parse(parameters: Mapping[str, str], now: float) -> Chosen:
    """Return what the parameters of an address ask for; what makes no sense is the default."""
    try:
        start, end = float(parameters["from"]), float(parameters["to"])
    except (KeyError, ValueError):
        return _until(now, parameters.get("range", DEFAULT))
    if not (math.isfinite(start) and math.isfinite(end) and SHORTEST_SECONDS <= end - start <= LONGEST_SECONDS):
        return _until(now, DEFAULT)
    return Chosen("", max(0.0, start), end)


def _until(now: float, name: str) -> Chosen:
    name = name if name in CHOICES else DEFAULT
    return Chosen(name, now - CHOICES[name], now)
