"""Reads the text format 0.0.4 as node_exporter's textfile collector does: what a file gives, or why it is refused.

The grammar is that of expfmt's text parser (github.com/prometheus/common), which is stricter than the format's page.
"""

import math
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, cast, get_args

from exporter.exposition.text import Kind, labels, number

Reason = Literal[
    "unreadable", "too_large", "no_final_newline", "parse", "timestamp", "stale", "duplicate", "type_conflict", "clash"
]
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "summary": ("", "_count", "_sum"),
    "histogram": ("", "_count", "_sum", "_bucket"),
}
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
COMMENT = re.compile(r"#[ \t]*(HELP|TYPE)[ \t]+(?=[^ \t])(.*)", re.DOTALL)
# Possessive (`*+`), so that no line, however made, takes more than one pass.
SAMPLE = re.compile(
    r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*+)[ \t]*+(?:\{(?P<labels>(?:[^"}]|"(?:[^"\\]|\\.)*+")*+)\}[ \t]*+)?'
    r"(?P<value>[^ \t{]++)(?P<rest>.*)",
    re.DOTALL,
)
LABEL = re.compile(
    r'[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\["\\n])*+)"[ \t]*(?:,[ \t]*|$)', re.DOTALL
)
NUMBER = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?|[+-]?inf(?:inity)?|nan", re.IGNORECASE)
TIMESTAMP = re.compile(r"[ \t]+[+-]?[0-9]+[ \t]*")
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}

Labels = tuple[tuple[str, str], ...]


class TextProblemError(ValueError):
    """A text is refused as a whole; `reason` is one of the few, the message tells where and what."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class TextFamily(NamedTuple):
    """A family as a text gives it; `series` maps the labels of each to its lines, a histogram's being one series."""

    name: str
    kind: Kind
    help: str | None
    series: Mapping[Labels, str]


class Parsed(NamedTuple):
    """The families of a text, and how many of its samples repeat an earlier one, with the first of them."""

    families: tuple[TextFamily, ...]
    duplicates: int = 0
    first_duplicate: str = ""


def parse(content: bytes) -> Parsed:
    """Return what a text holds; of samples that it has twice, the first. Raises TextProblemError."""
    if b"\0" in content:
        raise TextProblemError("parse", "it holds a NUL byte")
    *lines, last = content.decode("utf-8", "surrogateescape").split("\n")
    if last.strip(" \t"):
        raise TextProblemError("no_final_newline", f"it does not end with a newline: {last[:80]!r}")
    reading = _Reading()
    for place, line in enumerate(lines, 1):
        try:
            reading.take(line.lstrip(" \t"))
        except TextProblemError as error:
            raise TextProblemError(error.reason, f"line {place}: {error}") from None
        except ValueError as error:
            raise TextProblemError("parse", f"line {place}: {error}") from None
    return reading.result()


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


class _Group:
    """One histogram or summary: its buckets or quantiles by bound, and its count and sum."""

    def __init__(self) -> None:
        self.bounds: dict[float, float] = {}
        self.totals = {"_sum": 0.0, "_count": 0.0}
        self.seen: set[object] = set()


class _Family:
    def __init__(self, name: str) -> None:
        self.name = name
        self.kind: Kind | None = None
        self.help: str | None = None
        self.values: dict[Labels, float] = {}
        self.groups: dict[Labels, _Group] = {}

    def finish(self) -> TextFamily:
        """Return the family with its lines printed anew."""
        kind = self.kind or "untyped"
        series = {pairs: f"{self.name}{_print(pairs)} {number(value)}\n" for pairs, value in self.values.items()}
        series |= {pairs: self._print_group(pairs, group) for pairs, group in self.groups.items()}
        return TextFamily(self.name, kind, self.help, series)

    def _print_group(self, pairs: Labels, group: _Group) -> str:
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


class _Reading:
    """The families of one text while its lines are taken."""

    def __init__(self) -> None:
        self._families: dict[str, _Family] = {}
        self._duplicates: list[str] = []

    def take(self, line: str) -> None:
        """Take one line without the blanks before it; raise ValueError."""
        if line.startswith("#"):
            if comment := COMMENT.fullmatch(line):
                self._take_comment(*comment.groups())
        elif line:
            self._take_sample(line)

    def result(self) -> Parsed:
        found = tuple(one.finish() for one in self._families.values() if one.values or one.groups)
        return Parsed(found, len(self._duplicates), "".join(self._duplicates[:1]))

    def _take_comment(self, keyword: str, text: str) -> None:
        name = NAME.match(text)
        if name is None or text[name.end() : name.end() + 1] not in {"", " ", "\t"}:
            raise ValueError(f"{text[:80]!r} does not begin with a metric's name")
        family, _ = self._find(name[0])
        value = text[name.end() :].lstrip(" \t")
        if not value:
            return
        if keyword == "HELP":
            if family.help is not None:
                raise ValueError(f"a second HELP for {name[0]}")
            family.help = _unescape_help(value)
        else:
            if family.kind is not None:
                raise ValueError(f"a second TYPE for {name[0]}, or one after its samples")
            if value.lower() not in get_args(Kind):
                raise ValueError(f"{value[:80]!r} is no type")
            family.kind = cast("Kind", value.lower())

    def _find(self, name: str) -> tuple[_Family, str]:
        """Return the family that a sample's name belongs to, and the suffix that it has there; a new one if none."""
        if name not in self._families:
            for suffix in ("_count", "_sum", "_bucket"):
                base = self._families.get(name.removesuffix(suffix))
                if base is not None and suffix in SUFFIXES.get(base.kind or "", ()):
                    return base, suffix
        return self._families.setdefault(name, _Family(name)), ""

    def _take_sample(self, line: str) -> None:
        sample = SAMPLE.fullmatch(line)
        if sample is None:
            raise ValueError(f"{line[:80]!r} is no sample")
        family, suffix = self._find(sample["name"])
        family.kind = family.kind or "untyped"
        pairs, value = _parse_labels(sample["labels"] or ""), _parse_number(sample["value"])
        if sample["rest"]:
            if TIMESTAMP.fullmatch(sample["rest"]):
                raise TextProblemError("timestamp", f"{line[:80]!r} has a timestamp of its own")
            raise ValueError(f"{sample['rest'][:80]!r} after the value")
        if not (self._add_to_group if family.kind in SUFFIXES else _add)(family, suffix, pairs, value):
            self._duplicates.append(line[:200])

    @staticmethod
    def _add_to_group(family: _Family, suffix: str, pairs: dict[str, str], value: float) -> bool:
        """Add a histogram's or summary's sample; return False when it is there already. Raises ValueError."""
        label = "le" if family.kind == "histogram" else "quantile"
        text = pairs.pop(label, None)
        group = family.groups.setdefault(_key(pairs), _Group())
        if suffix in group.totals:
            place: object = suffix
            if place not in group.seen:
                group.totals[suffix] = value
        else:
            bound = math.nan if text is None else _parse_number(text)
            if math.isnan(bound):
                raise ValueError(f"a {family.kind}'s sample without a {label}")
            place = bound
            group.bounds.setdefault(bound, value)
        is_new = place not in group.seen
        group.seen.add(place)
        return is_new


def _add(family: _Family, _: str, pairs: dict[str, str], value: float) -> bool:
    key = _key(pairs)
    if key in family.values:
        return False
    family.values[key] = value
    return True


def _key(pairs: Mapping[str, str]) -> Labels:
    """Return what makes a series: its labels in any order, without the empty ones, which are absent ones."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


def _print(pairs: Labels) -> str:
    return labels([name for name, _ in pairs], [value for _, value in pairs])


def _parse_labels(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    offset = len(text) - len(text.lstrip(" \t"))
    while offset < len(text):
        label = LABEL.match(text, offset)
        if label is None:
            raise ValueError(f'expected name="value", got {text[offset : offset + 80]!r}')
        name, value = label[1], label[2]
        if name == "__name__" or name in pairs:
            raise ValueError(f"label {name} is reserved or there twice")
        if not value.isascii():
            value.encode()  # raises ValueError for what is not UTF-8
        pairs[name] = re.sub(r'\\[\\"n]', lambda found: UNESCAPED[found[0]], value) if "\\" in value else value
        offset = label.end()
    return pairs


def _parse_number(text: str) -> float:
    if NUMBER.fullmatch(text) is None:
        raise ValueError(f"{text[:80]!r} is no number")
    value = float(text)
    if math.isinf(value) and "n" not in text.lower():
        raise ValueError(f"{text[:80]!r} is too large")
    return value


def _unescape_help(text: str) -> str:
    if re.search(r"(?<!\\)(?:\\\\)*\\(?![\\n])", text):
        raise ValueError(f"an escape that HELP does not have: {text[:80]!r}")
    text = re.sub(r"\\[\\n]", lambda found: UNESCAPED[found[0]], text)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
