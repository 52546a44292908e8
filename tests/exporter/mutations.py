"""What can happen to a file of the kernel: the changes that every collector must bear, one at a time."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HUGE = b"9" * 5000
# What is put into, or in the place of, one word of a line.
INTO_WORD = {
    "not UTF-8": lambda word: word + b"\xff\xfe",
    "CR": lambda word: word + b"\r",
    "U+2028": lambda word: word + "\u2028".encode(),
    "a form feed": lambda word: b"\f" + word,
    "NUL": lambda word: word + b"\0",
    "a sign": lambda word: b"-" + word,
    "a unit": lambda word: word + b"kB",
    "unknown": lambda _: b"<unknown>",
    "null": lambda _: b"(null)",
    "2^64-1": lambda _: b"18446744073709551615",
    "2^64": lambda _: b"18446744073709551616",
    "a huge field": lambda _: HUGE,
    "quotes": lambda word: word + b'"\\{}',
}
WORD = re.compile(rb"[^ \t\n]+")


# What reading gives who comes through a link to it: the errors of drivers, of disks that are pulled, of strange mounts.
UNREADABLE = {"EIO": "/proc/self/mem", "EINVAL": "/proc/self/clear_refs", "EISDIR": "/", "ELOOP": "."}


class Mutation(NamedTuple):
    """A changed file: what was done to which line (-1: to the file), and the new content.

    That is None for a removed file, and a Path where a link to that stands in its place.
    """

    kind: str
    line: int
    content: bytes | Path | None


def choose(key: str, count: int, most: int) -> list[int]:
    """Return at most `most` of `count` places: the first, the last, and others that depend on `key` alone."""
    if count <= most:
        return list(range(count))
    others = sorted(range(1, count - 1), key=lambda place: zlib.crc32(f"{key} {place}".encode()))
    return sorted({0, count - 1, *others[: most - 2]})


def mutations(name: str, content: bytes, most_lines: int, most_words: int) -> Iterator[Mutation]:
    """Yield what can happen to the file of that name, to so many of its lines, and to so many words of each."""
    yield from of_file(name, content)
    lines = content.split(b"\n")[: content.count(b"\n")] or [content]
    for place in choose(name, len(lines), most_lines):
        for kind, changed in of_line(name, lines, place, most_words):
            yield Mutation(kind, place, b"\n".join(changed) + b"\n")


def of_file(name: str, content: bytes) -> Iterator[Mutation]:
    yield Mutation("remove the file", -1, None)
    for error, target in UNREADABLE.items():
        yield Mutation(f"reading gives {error}", -1, Path(Path(name).name if target == "." else target))
    yield Mutation("empty the file", -1, b"")
    yield Mutation("garble the file", -1, b"\xff\0@@ <garbled> \x85 1e9\n" * 3)
    yield Mutation("truncate the file", -1, content[: len(content) // 2])
    yield Mutation("double the file", -1, content + content)


def of_line(name: str, lines: list[bytes], place: int, most_words: int) -> Iterator[tuple[str, list[bytes]]]:
    before, line, after = lines[:place], lines[place], lines[place + 1 :]
    yield "remove the line", before + after
    yield "empty the line", [*before, b"", *after]
    yield "garble the line", [*before, b"\xff@@ <garbled>: \x85 1e9", *after]
    yield "truncate the line", [*before, line[: len(line) // 2], *after]
    yield "duplicate the line", [*before, line, line, *after]
    if after:
        yield "reorder the line", [*before, after[0], line, *after[1:]]
    words = list(WORD.finditer(line))
    for kind, change in INTO_WORD.items():
        for number in choose(f"{name} {place} {kind}", len(words), most_words)[-most_words:]:
            start, end = words[number].span()
            yield f"{kind} in word {number}", [*before, line[:start] + change(words[number][0]) + line[end:], *after]
