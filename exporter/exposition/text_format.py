"""Reads the text format 0.0.4 as node_exporter's textfile collector does: what a file gives, or why it is refused.

The grammar is that of expfmt's text parser (github.com/prometheus/common), which is stricter than the format's page.
"""

import math
import re
from typing import Literal, NamedTuple, cast, get_args

from exporter.exposition.text import Kind
from exporter.exposition.text_family import SUFFIXES, FamilyBuilder, Group, TextFamily, make_key
from exporter.exposition.text_syntax import (
    METRIC_NAME,
    QUOTED_NAME,
    check_name,
    parse_labels,
    parse_number,
    unescape_help,
    unquote,
)

Reason = Literal[
    "unreadable",
    "too_large",
    "no_final_newline",
    "parse",
    "timestamp",
    "stale",
    "duplicate",
    "type_conflict",
    "clash",
    "unplaced",
]
COMMENT = re.compile(r"#[ \t]*(HELP|TYPE)[ \t]+(?=[^ \t])(.*)", re.DOTALL)
# Possessive (`*+`), so that no line, however made, takes more than one pass.
SAMPLE = re.compile(
    r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*+|(?=\{))[ \t]*+(?:\{(?P<labels>(?:[^"}]|"(?:[^"\\]|\\.)*+")*+)\}[ \t]*+)?'
    r"(?P<value>[^ \t{]++)(?P<rest>.*)",
    re.DOTALL,
)
BOUNDS = {"histogram": "le", "summary": "quantile"}
TIMESTAMP = re.compile(r"[ \t]+[+-]?[0-9]+[ \t]*")


class TextProblemError(ValueError):
    """A text is refused as a whole; `reason` is one of the few, the message tells where and what."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class Parsed(NamedTuple):
    """The families of a text, and how many of its samples are left out, with the first of them.

    They repeat an earlier one, or have no place: a summary's without quantile, a histogram's without bound.
    """

    families: tuple[TextFamily, ...]
    duplicates: int = 0
    first_duplicate: str = ""
    unplaced: int = 0
    first_unplaced: str = ""


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


class _Reading:
    """The families of one text while its lines are taken."""

    def __init__(self) -> None:
        self._families: dict[str, FamilyBuilder] = {}
        self._duplicates: list[str] = []
        self._unplaced: list[str] = []

    def take(self, line: str) -> None:
        """Take one line without the blanks before it; raise ValueError."""
        if line.startswith("#"):
            if comment := COMMENT.fullmatch(line):
                self._take_comment(*comment.groups())
        elif line:
            self._take_sample(line)

    def result(self) -> Parsed:
        families = tuple(family.finish() for family in self._families.values() if family.values or family.groups)
        repeated, unplaced = self._duplicates, self._unplaced
        return Parsed(families, len(repeated), "".join(repeated[:1]), len(unplaced), "".join(unplaced[:1]))

    def _take_comment(self, keyword: str, text: str) -> None:
        match = METRIC_NAME.match(text) or QUOTED_NAME.match(text)
        if match is None or text[match.end() : match.end() + 1] not in {"", " ", "\t"}:
            raise ValueError(f"{text[:80]!r} does not begin with a metric's name")
        name = check_name(unquote(match[0]), METRIC_NAME)
        family, _ = self._find(name)
        value = text[match.end() :].lstrip(" \t")
        if not value:
            return
        if keyword == "HELP":
            if family.help is not None:
                raise ValueError(f"a second HELP for {name}")
            family.help = unescape_help(value)
        else:
            if family.kind is not None:
                raise ValueError(f"a second TYPE for {name}, or one after its samples")
            if value.lower() not in get_args(Kind):
                raise ValueError(f"{value[:80]!r} is no type")
            family.kind = cast("Kind", value.lower())

    def _find(self, name: str) -> tuple[FamilyBuilder, str]:
        """Return the family that a sample's name belongs to, and the suffix that it has there; a new one if none."""
        if name not in self._families:
            for suffix in ("_count", "_sum", "_bucket"):
                base = self._families.get(name.removesuffix(suffix))
                if base is not None and suffix in SUFFIXES.get(base.kind or "", ()):
                    return base, suffix
        return self._families.setdefault(name, FamilyBuilder(name)), ""

    def _take_sample(self, line: str) -> None:
        sample = SAMPLE.fullmatch(line)
        if sample is None:
            raise ValueError(f"{line[:80]!r} is no sample")
        quoted, pairs = parse_labels(sample["labels"] or "")
        if bool(quoted) == bool(sample["name"]):
            raise ValueError(f"{line[:80]!r} has no name, or two")
        family, suffix = self._find(sample["name"] or quoted)
        family.kind = family.kind or "untyped"
        value = parse_number(sample["value"])
        if sample["rest"]:
            if TIMESTAMP.fullmatch(sample["rest"]):
                raise TextProblemError("timestamp", f"{line[:80]!r} has a timestamp of its own")
            raise ValueError(f"{sample['rest'][:80]!r} after the value")
        if family.kind in SUFFIXES and suffix in {"", "_bucket"} and BOUNDS[family.kind] not in pairs:
            self._unplaced.append(line[:200])  # node_exporter drops it without a word
        elif not (self._add_to_group if family.kind in SUFFIXES else _add)(family, suffix, pairs, value):
            self._duplicates.append(line[:200])

    @staticmethod
    def _add_to_group(family: FamilyBuilder, suffix: str, pairs: dict[str, str], value: float) -> bool:
        """Add a histogram's or summary's sample; return False when it is there already. Raises ValueError."""
        label = BOUNDS[family.kind or ""]
        text = pairs.pop(label, None)
        group = family.groups.setdefault(make_key(pairs), Group())
        if suffix in group.totals:
            place: object = suffix
            if place not in group.added:
                group.totals[suffix] = value
        else:
            bound = math.nan if text is None else parse_number(text)
            if math.isnan(bound):
                raise ValueError(f"a {family.kind}'s sample without a {label}")
            place = bound
            group.bounds.setdefault(bound, value)
        is_new = place not in group.added
        group.added.add(place)
        return is_new


def _add(family: FamilyBuilder, _: str, pairs: dict[str, str], value: float) -> bool:
    key = make_key(pairs)
    if key in family.values:
        return False
    family.values[key] = value
    return True
