"""Texts of the kernel whose words stand at the same places at each read: only the numbers among them change."""

import re
from collections.abc import Callable, Container, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from exporter.exposition.text import TWICE, Block, Family
from exporter.parsing.items import UNREADABLE, skip
from exporter.parsing.lines import split_lines, split_words

FAMILY_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


class Line(NamedTuple):
    """A line's words, and the place of the first among all words of the text."""

    start: int
    words: list[bytes]


class Value(NamedTuple):
    """A number in such a text: the place of its word, the place of the word that names it, and what it shows."""

    place: int
    name_place: int
    family: Family


Find = Callable[[Sequence[Line]], Iterable[Value]]
Convert = Callable[[Sequence[bytes], Sequence[Family]], Sequence[object]]


class ColumnCache:
    """Prints the wanted numbers of a text by their places, which are found anew only when a name has moved.

    To look for some fifty names among several hundred words costs ten times as much as to take the numbers from where
    they stood at the last scrape and to see that their names still stand beside them.
    """

    def __init__(self, source: str, find: Find, convert: Convert) -> None:
        """Take the text's name, the function that finds the wanted numbers in its lines, and the one that checks them.

        `find` skips what it doesn't understand. `convert` returns the values to print; it raises ValueError when one is
        no number, and is then called for each alone.
        """
        self._source = source
        self._find = find
        self._convert = convert
        self._count = -1
        self._names: tuple[bytes, ...] = ()
        self._pick_names = self._pick_values = _pick(())
        self._block = Block()

    def page(self, text: bytes) -> bytes:
        """Return the wanted numbers' families; raise ValueError when the text has nothing of its kind."""
        words = text.split()
        if len(words) == self._count and self._pick_names(words) == self._names:
            try:
                return self._block.render([()], self._convert(self._pick_values(words), self._block.families))
            except ValueError:
                pass
        return self._learn(words, text)

    def _learn(self, words: list[bytes], text: bytes) -> bytes:
        """Find the numbers, each by itself; keep their places when all of them can be read."""
        self._count = -1
        lines, place = [], 0
        for line in split_lines(text):
            lines.append(Line(place, split_words(line)))
            place += len(lines[-1].words)
        every = [word for line in lines for word in line.words]
        kept: dict[str, tuple[Value, object]] = {}
        failed = 0
        for value in self._find(lines):
            try:
                kept[value.family.name] = (value, self._read(value, every, kept))
            except UNREADABLE as error:
                failed += 1
                skip(f"{self._source}, {value.family.name}", error)
        if not kept and (failed or not every):
            raise ValueError(f"{self._source}: expected names with numbers, got {text[:80]!r}")
        self._block = Block(*(value.family for value, _ in kept.values()))
        if not failed and every == words:
            self._keep_places([value for value, _ in kept.values()], words)
        return self._block.render([()], [number for _, number in kept.values()])

    def _read(self, value: Value, words: Sequence[bytes], known: Container[str]) -> object:
        name = value.family.name
        if not FAMILY_NAME.fullmatch(name):
            raise ValueError(f"expected a name of letters and digits, got {name[:80]!r}")
        if name in known:
            raise ValueError(TWICE)
        (number,) = self._convert([words[value.place]], [value.family])
        return number

    def _keep_places(self, values: Sequence[Value], words: list[bytes]) -> None:
        self._pick_values = _pick([value.place for value in values])
        self._pick_names = _pick([value.name_place for value in values])
        self._names = self._pick_names(words)
        self._count = len(words)


def _pick(places: Sequence[int]) -> Callable[[list[bytes]], tuple[bytes, ...]]:
    """Return what takes the words at `places`; an itemgetter of fewer than two gives no tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda words: tuple(words[place] for place in places)
