"""Puts the rows of all containers together, family by family, as the text format wants them."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from exporter.containers.families import Key
from exporter.containers.rows import Number
from exporter.text import Family


class Part(NamedTuple):
    """The lines of one container, each with a place for its value, and the family of each."""

    families: tuple[Family, ...]
    lines: tuple[bytes, ...]


def make_part(labels: str, keys: Sequence[Key]) -> Part:
    """Return the lines of a container with these labels for these series."""
    lines = [f"{family.name}{{{labels}{extra}}}".replace("%", "%%") + f" {family.form}\n" for family, extra in keys]
    return Part(tuple(family for family, _ in keys), tuple(line.encode() for line in lines))


class Table:
    """The template of the whole, made anew only when a container came, went, or has other series."""

    def __init__(self) -> None:
        self._parts: Sequence[Part] = ()
        self._template = b""
        self._rest = b""
        self._sort: Callable[[Sequence[Number]], tuple[Number, ...]] = tuple

    def render(self, parts: Sequence[Part], values: Sequence[Number], rest: bytes) -> bytes:
        """Return the text of the parts with their values, one part's after the other's, and then `rest`.

        `rest`, which seldom changes, becomes a part of the template: the page is a megabyte for fifty containers, and
        to join it with anything is to copy it. Raises TypeError when the values don't fit the parts.
        """
        if rest != self._rest or len(parts) != len(self._parts) or any(map(_differ, parts, self._parts)):
            self._arrange(parts, rest)
        return self._template % self._sort(values)

    def _arrange(self, parts: Sequence[Part], rest: bytes) -> None:
        lines: dict[Family, list[bytes]] = {}
        places: dict[Family, list[int]] = {}
        place = 0
        for part in parts:
            for family, line in zip(part.families, part.lines, strict=True):
                lines.setdefault(family, []).append(line)
                places.setdefault(family, []).append(place)
                place += 1
        sections = [family.header().replace(b"%", b"%%") + b"".join(of) for family, of in lines.items()]
        self._template = b"".join([*sections, rest.replace(b"%", b"%%")])
        order = [one for of in places.values() for one in of]
        self._sort = itemgetter(*order) if len(order) > 1 else tuple  # an itemgetter of fewer than two gives no tuple
        self._parts, self._rest = parts, rest


def _differ(one: Part, other: Part) -> bool:
    return one is not other
