"""The parts of a line of the text format: labels, numbers and HELP, as expfmt's text parser takes them."""

import math
import re

QUOTED = r'"(?:[^"\\]|\\["\\n])*+"'
# A label, or a metric's name in quotes, which may stand among the labels (prometheus.io, "UTF-8 in Prometheus").
LABEL = re.compile(
    rf"[ \t]*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*|{QUOTED})[ \t]*(?:=[ \t]*(?P<value>{QUOTED})[ \t]*)?(?:,[ \t]*|$)",
    re.DOTALL,
)
METRIC_NAME, LABEL_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*"), re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
QUOTED_NAME = re.compile(QUOTED, re.DOTALL)
NUMBER = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?|[+-]?inf(?:inity)?|nan", re.IGNORECASE)
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse_labels(text: str) -> tuple[str, dict[str, str]]:
    """Return a sample's name and labels, the text between its braces; raise ValueError.

    The name is "" where it stands before the braces. What is in quotes must be a name without quotes too, as
    node_exporter has it.
    """
    metric = ""
    pairs: dict[str, str] = {}
    offset = len(text) - len(text.lstrip(" \t"))
    while offset < len(text):
        label = LABEL.match(text, offset)
        if label is None or (label["value"] is None and not label["name"].startswith('"')):
            raise ValueError(f'expected name="value", got {text[offset : offset + 80]!r}')
        name = unquote(label["name"])
        if label["value"] is None:
            if metric:
                raise ValueError(f"a second name for a sample: {name[:80]!r}")
            metric = check_name(name, METRIC_NAME)
        elif name == "__name__" or name in pairs:
            raise ValueError(f"label {name} is reserved or there twice")
        else:
            pairs[check_name(name, LABEL_NAME)] = unquote(label["value"])
        offset = label.end()
    return metric, pairs


def check_name(name: str, pattern: re.Pattern[str]) -> str:
    """Return a name; raise ValueError when it is none without quotes."""
    if pattern.fullmatch(name) is None:
        raise ValueError(f"expected a name of letters, digits and underscores, got {name[:80]!r}")
    return name


def unquote(text: str) -> str:
    """Return what stands between quotes, or the text when it has none; raise ValueError for what is not UTF-8."""
    if not text.startswith('"'):
        return text
    value = text[1:-1]
    if not value.isascii():
        value.encode()  # raises ValueError for what is not UTF-8
    return re.sub(r'\\[\\"n]', lambda escape: UNESCAPED[escape[0]], value) if "\\" in value else value


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
