"""Durations: seconds in the code, and text like `10m` in flags, environment and YAML."""

import re
from typing import Annotated

import msgspec

UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")

# Seconds in the code; flags, environment and YAML take `10m` as well as a plain number of seconds.
Duration = Annotated[float, msgspec.Meta(extra={"duration": True})]


def parse_duration_seconds(text: str) -> float:
    """Return the seconds of `90s`, `1h30m`, `500ms` or a plain number; raise ValueError for anything else."""
    parts = DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * UNIT_SECONDS[unit] for number, unit in parts)
    return float(text)
