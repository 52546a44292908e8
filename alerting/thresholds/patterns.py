"""Patterns of labels: anchored regular expressions as Prometheus reads them, and which of two is the more specific."""

import json
import re

from vigie.core.promql import expression

SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
REPEATS = re.compile(r"\{(?:\d+,)?(\d+),?\}")
MOST_REPEATS = 1000  # RE2 takes no more


def is_valid(pattern: str) -> bool:
    """Tell whether Prometheus takes a pattern (RE2, which knows neither lookahead nor backreference)."""
    if any(int(count) > MOST_REPEATS for count in REPEATS.findall(pattern)):
        return False
    return expression.parses(f"up{{x=~{json.dumps(pattern, ensure_ascii=False)}}}")


def is_plain(pattern: str) -> bool:
    """Tell whether a pattern fits one value alone: itself."""
    return SPECIAL.search(pattern) is None


def rank(pattern: str) -> tuple[bool, int]:
    """Return what sorts a more specific pattern first: a plain value, then by what stands before a special sign."""
    beginning = SPECIAL.split(pattern, maxsplit=1)[0]
    return not is_plain(pattern), -len(beginning)
