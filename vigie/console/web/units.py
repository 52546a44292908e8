"""Numbers as people read them: few digits, with the unit."""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
DECIMAL = ("", "k", "M", "G", "T", "P")
SPANS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
NOTHING = "-"


def show(value: float | None, unit: str) -> str:
    """Return a value in one of the units of `UNITS`; a dash for none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return UNITS[unit](value)


def share(value: float) -> str:
    """Return 0.421 as 42 %; under ten per cent with a decimal."""
    percent = 100 * value
    return f"{percent:.1f} %" if 0 < abs(percent) < 9.95 else f"{percent:.0f} %"


def count(value: float) -> str:
    """Return 15300 as 15.3 k."""
    return _scale(value, 1000, DECIMAL, "")


def size(value: float) -> str:
    """Return 1536 as 1.5 KiB."""
    return _scale(value, 1024, BINARY, "")


def bits(value: float) -> str:
    """Return 15300 as 15.3 kb/s."""
    return _scale(value, 1000, DECIMAL, "b/s")


def size_speed(value: float) -> str:
    """Return 1536 as 1.5 KiB/s."""
    return size(value) + "/s"


def span(seconds: float) -> str:
    """Return 93784 as 1 d 2 h; under a second in milliseconds."""
    if abs(seconds) < 1:
        return f"{seconds * 1000:.0f} ms"
    left = abs(seconds)
    parts: list[str] = []
    for length, name in SPANS:
        number, left = divmod(left, length)
        if number or parts:
            parts.append(f"{number:.0f} {name}")
        if len(parts) == 2:
            break
    text = " ".join(part for part in parts if not part.startswith("0 "))
    return "-" + text if seconds < 0 else text


def moment(seconds: float) -> str:
    """Return a time since the epoch as 2026-01-31 12:30:00, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def ago(seconds: float) -> str:
    """Return how long a time since the epoch is past, or how soon it comes."""
    passed = time.time() - seconds
    return span(max(1.0, passed)) if passed >= 0 else "in " + span(max(1.0, -passed))


def plain(value: float) -> str:
    """Return a number with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 1000 else count(value)


def _scale(value: float, base: int, names: tuple[str, ...], unit: str) -> str:
    power = 0
    while abs(value) >= base * 0.9995 and power < len(names) - 1:
        value, power = value / base, power + 1
    digits = f"{value:.1f}".removesuffix(".0") if abs(value) < 100 else f"{value:.0f}"
    return f"{digits} {names[power]}{unit}".rstrip()


UNITS: dict[str, Callable[[float], str]] = {
    "bits": bits,
    "bytes": size,
    "bytes/s": size_speed,
    "count": count,
    "plain": plain,
    "seconds": span,
    "share": share,
}
