"""Texts of the kernel whose words stand at the same places at each read: only the numbers among them change."""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from exporter.exposition.text import Block, Family

FAMILY_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


class Value(NamedTuple):
    """A number in such a text: the place of its word, the place of the word that names it, and what it shows."""

    place: int
    name_place: int
    family: Family


class ColumnCache:
    """Picks the wanted numbers of a text by their places, which are found anew only when a name has moved.

    To look for some fifty names among several hundred words costs ten times as much as to take the numbers from where
    they stood at the last scrape and to see that their names still stand beside them.
    """

    def __init__(self, find: Callable[[list[bytes]], Sequence[Value]]) -> None:
        """Take the function that finds the wanted numbers in the text's words; it raises ValueError for nonsense."""
        self._find = find
        self._count = -1
        self._names: tuple[bytes, ...] = ()
        self._pick_names = self._pick_values = _pick(())
        self.block = Block()

    def pick(self, text: bytes) -> tuple[bytes, ...]:
        """Return the words of the wanted numbers, in the order of the families of `block`; raise ValueError."""
        words = text.split()
        if len(words) != self._count or self._pick_names(words) != self._names:
            self._learn(words)
        return self._pick_values(words)

    def _learn(self, words: list[bytes]) -> None:
        values = self._find(words)
        for value in values:
            if max(value.place, value.name_place) >= len(words):
                raise ValueError(f"expected a value after {words[-1][:80]!r}")
            if not FAMILY_NAME.fullmatch(value.family.name):
                raise ValueError(f"expected a name of letters and digits, got {value.family.name[:80]!r}")
        self._pick_values = _pick([value.place for value in values])
        self._pick_names = _pick([value.name_place for value in values])
        self._names = self._pick_names(words)
        self._count = len(words)
        self.block = Block(*(value.family for value in values))


def _pick(places: Sequence[int]) -> Callable[[list[bytes]], tuple[bytes, ...]]:
    """Return what takes the words at `places`; an itemgetter of fewer than two gives no tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda words: tuple(words[place] for place in places)
