"""The kstat files of OpenZFS on Linux, below /proc/spl/kstat.

Their format: module/os/linux/spl/spl-kstat.c; a line about the file itself, a header, then the data.
"""

import re
from collections.abc import Iterable, Sequence

from exporter.exposition.text import digits, integers

HEADER = [b"name", b"type", b"data"]
# include/sys/kstat.h; the other types are strings, characters and what no file has.
INT64, UINT64, STRING = b"3", b"4", b"7"
NAME = re.compile(rb"[a-zA-Z0-9_-]+")

Rows = tuple[Sequence[str], Sequence[bytes]]


def parse_named(text: bytes) -> Rows:
    """Return the names of the 64-bit numbers of a `name type data` file, and the numbers; raise ValueError."""
    rows = [words for words in _data(text) if len(words) > 2 and words[1] in {INT64, UINT64}]
    return names([words[0] for words in rows]), integers([words[2] for words in rows])


def parse_dataset(text: bytes) -> tuple[str, Rows]:
    """Return the dataset that an objset file tells of, which may hold blanks, and its counters; raise ValueError."""
    match = re.search(rb"^dataset_name\s+%b\s+(.+?)\s*$" % STRING, text, re.MULTILINE)
    if match is None:
        raise ValueError(f"objset: expected a line dataset_name, got {text[:80]!r}")
    return match[1].decode("utf-8", "replace"), parse_named(text)


def parse_io(text: bytes) -> Rows:
    """Return the column names of a pool's `io` file and its numbers; raise ValueError."""
    lines = [line.split() for line in text.splitlines()[1:]]
    if len(lines) < 2 or not lines[0] or len(lines[0]) != len(lines[1]):
        raise ValueError(f"io: expected two lines of columns, got {text[:200]!r}")
    return names(lines[0]), digits(lines[1])


def parse_state(text: bytes) -> str:
    """Return a pool's state in lower case."""
    return text.decode("utf-8", "replace").strip().lower()


def names(words: Sequence[bytes]) -> Sequence[str]:
    """Return names as parts of metrics' names; raise ValueError when they can't be, or come twice."""
    if not all(map(NAME.fullmatch, words)) or len(set(words)) != len(words):
        raise ValueError(f"kstat: expected names, each once, got {b' '.join(words)[:80]!r}")
    return tuple(word.decode() for word in words)


def _data(text: bytes) -> Iterable[list[bytes]]:
    lines = iter(text.splitlines())
    for line in lines:
        if line.split() == HEADER:
            break
    else:
        raise ValueError(f"kstat: expected the header `name type data`, got {text[:80]!r}")
    return (line.split() for line in lines)
