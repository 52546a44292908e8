"""The parts of a line of the text format: labels, numbers and HELP, as expfmt's text parser takes them."""

import math
import re

LABEL = re.compile(
    r'[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\["\\n])*+)"[ \t]*(?:,[ \t]*|$)', re.DOTALL
)
NUMBER = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?|[+-]?inf(?:inity)?|nan", re.IGNORECASE)
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse_labels(text: str) -> dict[str, str]:
    """Return the labels of a sample, the text between its braces; raise ValueError."""
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
        pairs[name] = re.sub(r'\\[\\"n]', lambda escape: UNESCAPED[escape[0]], value) if "\\" in value else value
        offset = label.end()
    return pairs


def parse_number(text: str) -> float:
    """Return a value as Go reads it; raise ValueError for what is none, or too large."""
    if NUMBER.fullmatch(text) is None:
        raise ValueError(f"{text[:80]!r} is no number")
    value = float(text)
    if math.isinf(value) and "n" not in text.lower():
        raise ValueError(f"{text[:80]!r} is too large")
    return value


def unescape_help(text: str) -> str:
    """Return the text of a HELP line; raise ValueError for an escape that it does not have."""
    if re.search(r"(?<!\\)(?:\\\\)*\\(?![\\n])", text):
        raise ValueError(f"an escape that HELP does not have: {text[:80]!r}")
    text = re.sub(r"\\[\\n]", lambda escape: UNESCAPED[escape[0]], text)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
