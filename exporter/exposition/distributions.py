"""Prints histograms and summaries, whose series Prometheus' clients write in a form of their own."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from exporter.exposition.text import Family, labels, number

EXPONENT_FROM = 6  # digits before the point, as Go's strconv has it for the shortest form


class Distribution(NamedTuple):
    """One histogram or summary: cumulative counts by upper bound, or values by quantile; and its sum and count."""

    labels: tuple[str, ...]
    points: Mapping[float, float]
    total: float
    calls: int


def render_distributions(family: Family, distributions: list[Distribution]) -> bytes:
    """Return the text of a family of kind histogram or summary; "" where there is none."""
    if not distributions:
        return b""
    lines = [line for distribution in distributions for line in _lines(family, distribution)]
    return family.header() + "".join(lines).encode("utf-8", "replace")


def _lines(family: Family, distribution: Distribution) -> list[str]:
    is_histogram = family.kind == "histogram"
    name, bound = (f"{family.name}_bucket", "le") if is_histogram else (family.name, "quantile")
    points = [(go_number(point), value) for point, value in sorted(distribution.points.items())]
    if is_histogram and float("inf") not in distribution.points:
        points.append(("+Inf", distribution.calls))
    own = labels(family.labels, distribution.labels)
    begin = f"{name}{own[:-1]}," if own else f"{name}{{"
    return [
        *(f'{begin}{bound}="{text}"}} {number(value)}\n' for text, value in points),
        f"{family.name}_sum{own} {number(distribution.total)}\n",
        f"{family.name}_count{own} {distribution.calls}\n",
    ]


@lru_cache(4096)
def go_number(value: float) -> str:
    """Return a number as Go's clients print it, so that labels made of numbers are equal: 1.048576e+06."""
    if value in {float("inf"), float("-inf")}:
        return "+Inf" if value > 0 else "-Inf"
    _, digits, shift = Decimal(repr(float(value))).normalize().as_tuple()
    assert isinstance(shift, int), "a finite number"
    exponent = len(digits) + shift - 1
    if -4 <= exponent < EXPONENT_FROM or value == 0:
        return number(value)
    text = "".join(map(str, digits))
    mantissa = text[0] + (f".{text[1:]}" if len(text) > 1 else "")
    return f"{'-' if value < 0 else ''}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
