"""The fields that a pattern picks from one of the kernel's long lists of names and numbers."""

from collections.abc import Callable, Sequence

from exporter.collector import Filter
from exporter.text import Block, Family, integers


class Selection:
    """The fields that a pattern picks from a file's names, found anew only when the names change."""

    def __init__(self, wanted: Filter, family: Callable[[str], Family]) -> None:
        self._wanted = wanted
        self._family = family
        self._names: Sequence[bytes] = ()
        self._places: list[int] = []
        self._block = Block()

    def render(self, names: Sequence[bytes], values: Sequence[bytes]) -> bytes:
        """Return the text of the wanted fields; raise ValueError when one of them is no whole number."""
        if names != self._names:
            texts = [name.decode("ascii") for name in names]
            self._places = [place for place, text in enumerate(texts) if self._wanted.accepts(text)]
            self._block = Block(*(self._family(texts[place]) for place in self._places))
            self._names = names
        if not self._places:
            return b""
        return self._block.render([()], integers([values[place] for place in self._places]))
