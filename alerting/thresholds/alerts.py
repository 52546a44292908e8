"""Which alerts take a threshold, what its number means, and how their rules must compare against it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

RECORD = "vigie:threshold"


class Unit(NamedTuple):
    """What a threshold's number counts, and the largest that makes sense."""

    name: str
    most: float


PERCENT = Unit("percent", 100)
HOURS = Unit("hours", 24 * 90)  # a longer forecast is not recorded
SECONDS = Unit("seconds", 3600)
THRESHOLDS = {
    "CPUHigh": PERCENT,
    "CPUSteal": PERCENT,
    "ClockSkew": SECONDS,
    "ConntrackFull": PERCENT,
    "DiskFillsFast": HOURS,
    "DiskFillsIn24h": HOURS,
    "DiskFillsIn4h": HOURS,
    "DiskFull": PERCENT,
    "DiskNearlyFull": PERCENT,
    "DiskSaturated": Unit("requests that wait", 100_000),
    "DiskSlow": SECONDS,
    "DiskWornOut": PERCENT,
    "FDExhaustion": PERCENT,
    "FDsHigh": PERCENT,
    "InodesExhausted": PERCENT,
    "InodesFillIn24h": HOURS,
    "InodesLow": PERCENT,
    "LoadSaturated": Unit("tasks for each processor", 10_000),
    "MemoryHigh": PERCENT,
    "MemoryPaging": Unit("pages a second", 10_000_000),
    "MemoryPressure": PERCENT,
    "NetworkSaturated": PERCENT,
    "ScrapeClockDrift": SECONDS,
    "SwapFull": PERCENT,
}

USE = re.compile(RECORD + r"(?:{alert=\"(\w*)\"})?")
# The default is made of what the host itself tells, so that it holds whenever there is no recording.
WITH_DEFAULT = re.compile(RECORD + r"{alert=\"(\w+)\"}\s+or on \(dc, instance\) [\d.]+ \* group by \(dc, instance\) \(")


def check(alert: str, expression: str) -> Iterator[str]:
    """Yield a sentence for each comparison against a threshold that is another alert's or has no default."""
    used = [match[1] for match in USE.finditer(expression)]
    if set(used) - {alert}:
        yield f'compares against {RECORD} of another alert: expected {RECORD}{{alert="{alert}"}}'
    if len(WITH_DEFAULT.findall(expression)) < len(used):
        yield (
            f"{RECORD} has no default: expected `or on (dc, instance) NUMBER * group by (dc, instance) (…)` behind it, "
            "since without a recording the alert would be silent"
        )
