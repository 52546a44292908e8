"""Reads a page in the text format into series and types, to compare two exporters."""

import re

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """Return ({(name, frozenset of label pairs): value}, {family: type}); an empty label is an absent one."""
    series, types = {}, {}
    for line in text.split("\n"):
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            types[name] = kind
        elif line and not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            pairs = frozenset(pair for pair in LABEL.findall(labels or "") if pair[1])
            series[name, pairs] = float(value)
    return series, types
