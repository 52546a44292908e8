"""A family while a text is read, and as it comes out: its series printed anew, in one spelling."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from exporter.exposition.text import Kind, labels, number

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "summary": ("", "_count", "_sum"),
    "histogram": ("", "_count", "_sum", "_bucket"),
}

Labels = tuple[tuple[str, str], ...]


class TextFamily(NamedTuple):
    """A family as a text gives it; `series` maps the labels of each to its lines, a histogram's being one series."""

    name: str
    kind: Kind
    help: str | None
    series: Mapping[Labels, str]


def sample_names(name: str, kind: str) -> set[str]:
    """Return the names that a family's samples can have."""
    return {name + suffix for suffix in SUFFIXES.get(kind, ("",))}


def go_number(value: float) -> str:
    """Return a number as Go's shortest `%g`, which is how `le` and `quantile` come out of node_exporter."""
    if not math.isfinite(value):
        return number(value)
    if -5 < int(f"{value:.16e}".partition("e")[2]) < 6:
        return repr(value).removesuffix(".0")
    shortest = (f"{value:.{precision}e}" for precision in range(17))
    return next(text for text in shortest if float(text) == value)


class Group:
    """One histogram or summary: its buckets or quantiles by bound, and its count and sum."""

    def __init__(self) -> None:
        self.bounds: dict[float, float] = {}
        self.totals = {"_sum": 0.0, "_count": 0.0}
        self.added: set[object] = set()


class FamilyBuilder:
    """The samples of one family as they come."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind: Kind | None = None
        self.help: str | None = None
        self.values: dict[Labels, float] = {}
        self.groups: dict[Labels, Group] = {}

    def finish(self) -> TextFamily:
        """Return the family with its lines printed anew."""
        kind = self.kind or "untyped"
        series = {pairs: f"{self.name}{_print(pairs)} {number(value)}\n" for pairs, value in self.values.items()}
        series |= {pairs: self._print_group(pairs, group) for pairs, group in self.groups.items()}
        return TextFamily(self.name, kind, self.help, series)

    def _print_group(self, pairs: Labels, group: Group) -> str:
        count = group.totals["_count"]
        suffix, label = ("_bucket", "le") if self.kind == "histogram" else ("", "quantile")
        bounds = dict(sorted(group.bounds.items()))
        if self.kind == "histogram":
            bounds.setdefault(math.inf, count)
        lines = [
            f"{self.name}{suffix}{_print((*pairs, (label, go_number(bound))))} {number(value)}\n"
            for bound, value in bounds.items()
        ]
        lines += [f"{self.name}{end}{_print(pairs)} {number(value)}\n" for end, value in group.totals.items()]
        return "".join(lines)


def make_key(pairs: Mapping[str, str]) -> Labels:
    """Return what makes a series: its labels in any order, without the empty ones, which are absent ones."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


def _print(pairs: Labels) -> str:
    return labels([name for name, _ in pairs], [value for _, value in pairs])
