"""The kstat files of OpenZFS on Linux, below /proc/spl/kstat.

Their format: module/os/linux/spl/spl-kstat.c; a line about the file itself, a header, then the data.
"""

import re
from collections.abc import Iterable, Sequence

from exporter.exposition.text import integers
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words

HEADER = [b"name", b"type", b"data"]
# include/sys/kstat.h; the other types are strings, characters and what no file has.
INT64, UINT64, STRING = b"3", b"4", b"7"
NAME = re.compile(rb"[a-zA-Z0-9_.-]+")
NUMBER = re.compile(rb"-?[0-9]{1,19}")

Rows = tuple[Sequence[str], Sequence[bytes]]


def parse_named(text: bytes) -> Rows:
    """Return the names of the 64-bit numbers of a `name type data` file, and the numbers.

    What is no name or no number is skipped. Raises ValueError without the header.
    """
    rows = [words for words in _data(text) if len(words) > 2 and words[1] in {INT64, UINT64}]
    return pair([words[0] for words in rows], [words[2] for words in rows])


def parse_dataset(text: bytes) -> tuple[str, Rows]:
    """Return the dataset that an objset file tells of, which may hold blanks, and its counters; raise ValueError."""
    match = re.search(rb"^dataset_name[ \t]+%b[ \t]+(.+?)[ \t]*$" % STRING, text, re.MULTILINE)
    if match is None:
        raise ValueError(f"objset: expected a line dataset_name, got {text[:80]!r}")
    return match[1].decode("utf-8", "replace"), parse_named(text)


def parse_io(text: bytes) -> Rows:
    """Return the column names of a pool's `io` file and its numbers; raise ValueError when they are not as many.

    What is no name or no number is skipped; times can be below zero, where a clock went back.
    """
    lines = [split_words(line) for line in split_lines(text)[1:]]
    if len(lines) < 2 or not lines[0] or len(lines[0]) != len(lines[1]):
        raise ValueError(f"io: expected two lines of columns, got {text[:200]!r}")
    return pair(lines[0], lines[1])


def parse_state(text: bytes) -> str:
    """Return a pool's state in lower case."""
    return text.decode("utf-8", "replace").strip().lower()


def pair(words: Sequence[bytes], numbers: Sequence[bytes]) -> Rows:
    """Return names as parts of metrics' names, and their numbers; skip those that can't be, or come twice."""
    if not all(map(NAME.fullmatch, words)) or len(set(words)) != len(words) or not all(map(NUMBER.fullmatch, numbers)):
        rows: dict[bytes, bytes] = {}
        for word, number in zip(words, numbers, strict=True):
            with item(f"kstat, {word.decode('utf-8', 'replace')}"):
                if not NAME.fullmatch(word):
                    raise ValueError("expected a name of letters, digits, dots and dashes")
                if word in rows:
                    raise ValueError("expected each name once")
                rows[word] = integers([number])[0]
        words, numbers = list(rows), list(rows.values())
    return tuple(word.decode() for word in words), numbers


def _data(text: bytes) -> Iterable[list[bytes]]:
    lines = iter(split_lines(text))
    for line in lines:
        if split_words(line) == HEADER:
            break
    else:
        raise ValueError(f"kstat: expected the header `name type data`, got {text[:80]!r}")
    return map(split_words, lines)
