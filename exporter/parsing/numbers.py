"""Numbers as the kernel prints them: decimal digits, with a sign where it has one, of 64 bits at most.

Python takes more for a number: `1_000`, `+5`, the digits of other scripts, thousands of digits.
"""

import re
from collections.abc import Sequence

LEAST, MOST = -(1 << 63), (1 << 64) - 1
MOST_DIGITS = 20
WHOLE, WHOLE_BYTES = re.compile(r"-?[0-9]+"), re.compile(rb"-?[0-9]+")
HEXADECIMAL = re.compile(r"(?:0x)?[0-9a-fA-F]{1,16}")
REAL = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")


def whole(text: str | bytes) -> int:
    """Return a whole number; raise ValueError for anything else, and for what no 64 bits hold."""
    if len(text) < MOST_DIGITS and text.isdigit() and text.isascii():
        return int(text)
    match = WHOLE.fullmatch(text) if isinstance(text, str) else WHOLE_BYTES.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a whole number, got {text[:80]!r}")
    value = int(text[: MOST_DIGITS + 1])  # a longer one is too large anyhow
    if not LEAST <= value <= MOST:
        raise ValueError(f"expected a whole number of 64 bits, got {text[:80]!r}")
    return value


def wholes(tokens: Sequence[bytes]) -> list[int]:
    """Return the whole numbers; raise ValueError when one is none."""
    try:
        values = list(map(int, tokens))
        if b"".join(tokens).isdigit() and max(values) <= MOST:
            return values
    except ValueError:
        pass  # told below, by the token
    return [whole(token) for token in tokens]


def natural(text: str | bytes) -> int:
    """Return a whole number that is not below zero; raise ValueError for anything else."""
    if len(text) < MOST_DIGITS and text.isdigit() and text.isascii():
        return int(text)
    value = whole(text)
    if value < 0:
        raise ValueError(f"expected a number not below zero, got {text[:80]!r}")
    return value


def hexadecimal(text: str | bytes) -> int:
    """Return a number in hexadecimal digits, with `0x` before them or not; raise ValueError for anything else."""
    plain = text if isinstance(text, str) else text.decode("latin-1")
    if HEXADECIMAL.fullmatch(plain) is None:
        raise ValueError(f"expected hexadecimal digits, got {text[:80]!r}")
    return int(plain, 16)


def real(text: str | bytes) -> float:
    """Return a number with or without a point; raise ValueError for anything else."""
    plain = text if isinstance(text, str) else text.decode("latin-1")
    if REAL.fullmatch(plain) is None:
        raise ValueError(f"expected a number, got {text[:80]!r}")
    return float(plain)
