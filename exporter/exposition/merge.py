"""Puts the families of several texts onto one page, so that no two of them, and none of the page's own, clash."""

from collections.abc import Collection, Iterable
from itertools import chain
from typing import NamedTuple

from exporter.exposition.text import Family, Kind
from exporter.exposition.text_family import Labels, TextFamily, sample_names
from exporter.exposition.text_files import Refusal
from exporter.exposition.text_format import Parsed, Reason

# What Prometheus adds to each target by itself: a file that gives them would tell lies about the target.
PROMETHEUS_OWN = frozenset({
    "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
})  # fmt: skip
START = b"\n# TYPE "


class Merged(NamedTuple):
    """The lines of all that fits together, and what does not."""

    page: bytes
    refusals: tuple[Refusal, ...]


class _Together:
    """A family as the files before gave it."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.help: str | None = None
        self.files: list[str] = []
        self.series: dict[Labels, str] = {}

    def render(self, name: str) -> bytes:
        help_text = self.help if self.help is not None else f"Metric read from {', '.join(self.files)}"
        return Family(name, self.kind, help_text).header() + "".join(self.series.values()).encode()


def names_on(page: bytes) -> set[str]:
    """Return the names that the samples of a page can have, from its TYPE lines alone."""
    names = set(PROMETHEUS_OWN)
    for part in (b"\n" + page).split(START)[1:]:
        name, _, kind = part[: part.index(b"\n")].decode().partition(" ")
        names |= sample_names(name, kind)
    return names


def names_in(texts: Iterable[Parsed]) -> set[str]:
    """Return the names that the samples of the texts can have."""
    families = chain.from_iterable(text.families for text in texts)
    return set(chain.from_iterable(sample_names(family.name, family.kind) for family in families))


def merge(texts: Iterable[tuple[str, Parsed]], taken: Collection[str]) -> Merged:
    """Return the families of the texts (path and content) without those whose names are `taken`.

    The first that gives a series, or a family's type or HELP, wins; only what can't stand beside it is refused. A
    HELP that differs costs nothing.
    """
    merging = _Merging(frozenset(taken))
    for path, parsed in texts:
        if parsed.duplicates:
            merging.refuse(path, "duplicate", f"it is there twice: {parsed.first_duplicate!r}", parsed.duplicates)
        for family in parsed.families:
            merging.add(path, family)
    page = b"".join(family.render(name) for name, family in merging.families.items())
    return Merged(page, tuple(merging.refusals.values()))


class _Merging:
    def __init__(self, taken: frozenset[str]) -> None:
        self.families: dict[str, _Together] = {}
        self.refusals: dict[tuple[str, Reason], Refusal] = {}
        self._taken = taken
        self._owners: dict[str, str] = {}

    def refuse(self, path: str, reason: Reason, message: str, amount: int) -> None:
        """Note that `amount` series are left out; the first message of a file and reason stays."""
        refusal = self.refusals.get((path, reason), Refusal(path, reason, message, 0))
        self.refusals[path, reason] = refusal._replace(amount=refusal.amount + amount)

    def add(self, path: str, family: TextFamily) -> None:
        """Add what of a file's family is new."""
        names = sample_names(family.name, family.kind)
        if not self._taken.isdisjoint(names):
            self.refuse(path, "clash", f"{family.name} is a family of the exporter itself", len(family.series))
            return
        owner = next((self._owners[name] for name in sorted(names) if name in self._owners), family.name)
        merged = self.families.get(family.name)
        if owner != family.name or (merged is not None and merged.kind != family.kind):
            message = f"{family.name} is a {family.kind} here and another type in an earlier family or file ({owner})"
            self.refuse(path, "type_conflict", message, len(family.series))
            return
        if merged is None:
            merged = self.families[family.name] = _Together(family.kind)
            self._owners |= dict.fromkeys(names, family.name)
        self._join(path, family, merged)

    def _join(self, path: str, family: TextFamily, merged: _Together) -> None:
        twice = family.series.keys() & merged.series.keys()
        if twice:
            first = min(twice)
            message = f"{family.name} with the labels {dict(first)} is in an earlier file too"
            self.refuse(path, "duplicate", message, len(twice))
        for labels, lines in family.series.items():
            merged.series.setdefault(labels, lines)
        merged.help = family.help if merged.help is None else merged.help
        merged.files.append(path)
