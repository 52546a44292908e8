"""Lines and words of the kernel's texts, whose separators are blank, tab and newline and nothing else.

Names (mount points, devices, commands) may hold every other character. Python's `splitlines` and `split` without an
argument cut at a carriage return, a form feed, U+0085, U+2028 and more.
"""

import re
from typing import overload

ODD_SPACE = re.compile(rb"[\r\v\f]")
WORD = re.compile(r"[^ \t\n]+")
WORD_BYTES = re.compile(rb"[^ \t\n]+")


@overload
def split_lines(text: bytes) -> list[bytes]: ...
@overload
def split_lines(text: str) -> list[str]: ...
def split_lines(text: str | bytes) -> list[str] | list[bytes]:
    """Return the lines; what follows the last newline is one too, unless it is nothing."""
    if isinstance(text, bytes):
        byte_lines = text.split(b"\n")
        return byte_lines if byte_lines[-1] else byte_lines[:-1]
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


@overload
def split_words(line: bytes) -> list[bytes]: ...
@overload
def split_words(line: str) -> list[str]: ...
def split_words(line: str | bytes) -> list[str] | list[bytes]:
    """Return the words between blanks, tabs and newlines."""
    if isinstance(line, bytes):
        return line.split() if ODD_SPACE.search(line) is None else WORD_BYTES.findall(line)
    return WORD.findall(line)
