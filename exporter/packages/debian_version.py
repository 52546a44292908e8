"""The order of Debian's version numbers (deb-version(7))."""

import re
from functools import total_ordering

PARTS = re.compile(r"([^0-9]*)([0-9]*)")
BEFORE_THE_END = -1
END = ((0,), 0)  # also what `0` alone is: a revision that is absent is the revision 0


@total_ordering
class DebianVersion:
    """A version by its epoch, upstream version and revision; `~` comes before everything, even the end."""

    __slots__ = ("_key", "text")

    def __init__(self, text: str) -> None:
        """Take the text; raise ValueError when that is no version."""
        epoch, separator, rest = text.partition(":")
        if not separator:
            epoch, rest = "0", text
        if not (epoch.isascii() and epoch.isdigit() and rest.isascii() and rest.strip()):
            raise ValueError(f"expected a Debian version, got {text[:80]!r}")
        upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
        self.text = text
        self._key = (int(epoch), _order(upstream), _order(revision))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DebianVersion) and self._key == other._key

    def __lt__(self, other: "DebianVersion") -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _order(text: str) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Return what compares as dpkg does: words and numbers by turns.

    In a word the end comes after `~` and before letters, and those before all else; a number that is absent is zero.
    """
    parts = [(_word(word), int(number or 0)) for word, number in PARTS.findall(text)]
    return (*(part for part in parts if part != END), END)


def _word(word: str) -> tuple[int, ...]:
    weights = [BEFORE_THE_END if sign == "~" else ord(sign) if sign.isalpha() else ord(sign) + 256 for sign in word]
    return (*weights, 0)
