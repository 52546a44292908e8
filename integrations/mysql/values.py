"""How a text of SHOW is read as a number: the same as mysqld_exporter 0.19 does, so that rules and boards fit.

https://github.com/prometheus/mysqld_exporter
"""

import calendar
import re
import time

from exporter.parsing.numbers import MOST_DIGITS, REAL

WORDS = {
    "yes": 1, "on": 1, "primary": 1,
    "no": 0, "off": 0, "disabled": 0, "connecting": 0, "non-primary": 0, "disconnected": 0,
}  # fmt: skip
# The end of a certificate's time, and when an event came. Month names are C's: no locale is set in the exporter.
TIMES = ("%b %d %H:%M:%S %Y %Z", "%Y-%m-%d %H:%M:%S")
NO_NAME = re.compile("[^a-z0-9_]")


def value_of(text: bytes | None) -> float | None:
    """Return the number that a text means, None where it means none."""
    if not text:
        return None
    if len(text) < MOST_DIGITS and text.isdigit():
        return int(text)
    words = text.decode("utf-8", "replace")
    if REAL.fullmatch(words):
        return float(words)
    known = WORDS.get(words.lower())
    return _time_of(words) if known is None and words.count(":") == 2 else known


def _time_of(words: str) -> float | None:
    for form in TIMES:
        try:
            return calendar.timegm(time.strptime(words, form))
        except ValueError:
            continue
    return None


def name_of(text: bytes | None) -> str:
    """Return a name as metrics have it: small letters, digits and underscores."""
    return NO_NAME.sub("_", (text or b"").decode("utf-8", "replace").lower())


def label_of(text: bytes | None) -> str:
    """Return a text as the value of a label."""
    return (text or b"").decode("utf-8", "surrogateescape")
