"""The text format 0.0.4: families, samples, and how they are printed.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Literal, NamedTuple

from exporter.parsing.items import Skipped, skip
from exporter.parsing.numbers import MOST_DIGITS

Kind = Literal["counter", "gauge", "untyped", "histogram", "summary"]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"


TWICE = "expected each series once"


class Family(NamedTuple):
    """A metric's name, kind, help, label names, and how its values are printed.

    `form` is the %-format of a value where a `Block` prints it: `%d` for whole numbers, `%.3f` for milliseconds as
    seconds, `%b` for digits taken over as the kernel printed them.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    form: str = "%d"

    def header(self) -> bytes:
        """Return the HELP and TYPE lines."""
        text = self.help.replace("\\", "\\\\").replace("\n", "\\n").replace("\0", "\ufffd")
        return f"# HELP {self.name} {text}\n# TYPE {self.name} {self.kind}\n".encode("utf-8", "replace")


class Sample(NamedTuple):
    """One series' value now; `labels` are the values of the family's label names, "" meaning that one is absent."""

    family: Family
    value: float
    labels: tuple[str, ...] = ()


def escape(value: str) -> str:
    """Return a label value as it stands between the quotes; what is not UTF-8, and NUL, becomes U+FFFD."""
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    if "\\" in value or '"' in value or "\n" in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    if value.isascii():
        return value
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # a surrogate that stands for no byte, as JSON may hold
        return value.encode("utf-8", "replace").decode()


def labels(names: Sequence[str], values: Sequence[str]) -> str:
    """Return `{a="b",c="d"}` without the labels that are empty, or "" when none is left."""
    if not names:
        return ""
    pairs = ",".join(f'{name}="{escape(value)}"' for name, value in zip(names, values, strict=True) if value)
    return f"{{{pairs}}}" if pairs else ""


def number(value: float) -> str:
    """Return a value as Prometheus reads it: whole numbers without a point, NaN and infinities by name."""
    if isinstance(value, int):
        return str(value)
    if math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


def render(samples: Iterable[Sample]) -> bytes:
    """Return the samples as text, grouped by family in the order in which families first come.

    Of a series that comes twice the first stands, and of a family that is described in two ways the first too.
    """
    sections: dict[str, tuple[Family, dict[str, str]]] = {}
    for family, value, values in samples:
        described, lines = sections.setdefault(family.name, (family, {}))
        series = family.name + labels(family.labels, values)
        if series in lines or family.kind != described.kind:
            skip(series, TWICE)
        else:
            lines[series] = f"{series} {number(value)}\n"
    return b"".join(
        chain.from_iterable((family.header(), "".join(lines.values()).encode()) for family, lines in sections.values())
    )


class Block:
    """Families that all have the same series, printed by one `%`.

    The text around the values (names, labels, HELP, TYPE) stands still from scrape to scrape, so it is made into a
    template once for a list of label sets; a scrape only fills in numbers. This is most of what makes ours cheap.
    """

    def __init__(self, *families: Family) -> None:
        self.families = families
        self._keys: Sequence[tuple[str, ...]] | None = None
        self._template = b""
        self._places: Sequence[int] | None = None

    def render(self, keys: Sequence[tuple[str, ...]], values: Iterable[object]) -> bytes:
        """Return the text for `keys` (a tuple of label values for each series of a family) and `values`.

        `values` has len(families) * len(keys) entries, family by family. Raises TypeError when they don't fit the
        families' forms or their number. Of a series that comes twice the first stands.
        """
        if keys != self._keys:
            self._arrange(keys)
        if self._places is not None:
            every = tuple(values)
            skip_duplicates(self.families, keys)
            return self._template % tuple([every[place] for place in self._places])
        return self._template % tuple(values)

    def _arrange(self, keys: Sequence[tuple[str, ...]]) -> None:
        unique = list(dict.fromkeys(keys))
        self._places = None
        if len(unique) < len(keys):
            first = {key: place for place, key in reversed(list(enumerate(keys)))}
            self._places = [column * len(keys) + first[key] for column in range(len(self.families)) for key in unique]
        self._template = b"".join(self.section(family, unique) for family in self.families)
        self._keys = keys

    @staticmethod
    def section(family: Family, keys: Sequence[tuple[str, ...]]) -> bytes:
        """Return the template of one family."""
        lines = "".join(
            f"{family.name}{labels(family.labels, key)}".replace("%", "%%") + f" {family.form}\n" for key in keys
        )
        return family.header().replace(b"%", b"%%") + lines.encode() if lines else b""


def skip_duplicates(families: Sequence[Family], keys: Sequence[tuple[str, ...]]) -> None:
    """Skip each series that comes a second time."""
    known: set[tuple[str, ...]] = set()
    for key in keys:
        if key in known and families:
            skip(families[0].name + labels(families[0].labels, key), TWICE)
        known.add(key)


Series = tuple[Family, tuple[str, ...]]


class Sheet:
    """Families that have different series, in any order, printed by one `%` as a `Block` does."""

    def __init__(self) -> None:
        self._series: Sequence[Series] = ()
        self._order: list[int] = []
        self._template = b""

    def render(self, series: Sequence[Series], values: Sequence[object]) -> bytes:
        """Return the text for the series, each a family with its label values, and as many values.

        Raises TypeError when they don't fit the families' forms. Of a series that comes twice the first stands, and
        of a family that is described in two ways the first description.
        """
        if series != self._series:
            self._arrange(series)
        if len(self._order) < len(series):
            self._skip_duplicates(series)
        return self._template % tuple([values[place] for place in self._order])

    def _arrange(self, series: Sequence[Series]) -> None:
        places: dict[str, tuple[Family, dict[tuple[str, ...], int]]] = {}
        for place, (family, key) in enumerate(series):
            described, of = places.setdefault(family.name, (family, {}))
            if _is_alike(described, family):
                of.setdefault(key, place)
        self._order = list(chain.from_iterable(of.values() for _, of in places.values()))
        self._template = b"".join(Block.section(family, list(of)) for family, of in places.values())
        self._series = series

    @staticmethod
    def _skip_duplicates(series: Sequence[Series]) -> None:
        known: set[tuple[str, tuple[str, ...]]] = set()
        described: dict[str, Family] = {}
        for family, key in series:
            if (family.name, key) in known or not _is_alike(described.setdefault(family.name, family), family):
                skip(family.name + labels(family.labels, key), TWICE)
            known.add((family.name, key))


def _is_alike(described: Family, family: Family) -> bool:
    """Return whether two descriptions of a family differ in their help at most: a page has one of each name."""
    return described is family or described == family._replace(help=described.help)


class Memo:
    """Text that is made anew only when what it is made from has changed: for what hardly ever does."""

    def __init__(self) -> None:
        self._key: object = None
        self._text = b""
        self._skipped = Skipped()

    def get(self, key: object, samples: Callable[[], Iterable[Sample]]) -> bytes:
        """Return the text of `samples()`, which must depend on `key` alone."""
        if key != self._key:
            with Skipped() as self._skipped:
                self._text = render(samples())
            self._key = key
        self._skipped.repeat()
        return self._text


def by_family(rows: Iterable[Sequence[object]]) -> Iterable[object]:
    """Return the values of rows (one a series, one column a family) in the order that `Block.render` takes."""
    return chain.from_iterable(zip(*rows, strict=True))


def integers(tokens: Sequence[bytes]) -> Sequence[bytes]:
    """Return the tokens, all of them whole numbers that may have a sign; raise ValueError otherwise."""
    if not b"".join(tokens).isdigit() or max(map(len, tokens)) > MOST_DIGITS:
        for token in tokens:
            if not token.removeprefix(b"-").isdigit() or len(token) > MOST_DIGITS:
                raise ValueError(f"expected whole numbers, got {token[:80]!r}")
    return tokens


def digits(tokens: Sequence[bytes]) -> Sequence[bytes]:
    """Return the tokens, all of them whole numbers in ASCII; raise ValueError otherwise.

    What the kernel printed is copied to the page without conversion, so that it must be known to be a number.
    """
    if not b"".join(tokens).isdigit() or max(map(len, tokens)) > MOST_DIGITS:
        raise ValueError(f"expected digits, got {b' '.join(tokens)[:80]!r}")
    return tokens
