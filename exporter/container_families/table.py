"""Puts the rows of all containers together, family by family, as the text format wants them."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from exporter.container_families.families import Key
from exporter.container_families.rows import Number
from exporter.exposition.text import Family

Lines = dict[Family, list[str]]
Places = dict[Family, list[int]]


class Part(NamedTuple):
    """One container's labels, as text without braces, and the keys of its series."""

    labels: str
    keys: tuple[Key, ...]


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
        lines: Lines = {}
        places: Places = {}
        place = 0
        for part in parts:
            for family, extra in part.keys:
                lines.setdefault(family, []).append(
                    f"{family.name}{{{part.labels}{extra}}}".replace("%", "%%") + f" {family.form}\n"
                )
                places.setdefault(family, []).append(place)
                place += 1
        sections = [family.header().replace(b"%", b"%%") + "".join(of).encode() for family, of in lines.items()]
        self._template = b"".join([*sections, rest.replace(b"%", b"%%")])
        order = [place_of for of in places.values() for place_of in of]
        self._sort = itemgetter(*order) if len(order) > 1 else tuple  # an itemgetter of fewer than two gives no tuple
        self._parts, self._rest = parts, rest


def _differ(part: Part, other: Part) -> bool:
    return part is not other
