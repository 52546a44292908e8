"""A copy of the fixture tree in which one file at a time is changed, and what a collector makes of it."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from exporter.base.collector import NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text_format import TextProblemError, parse
from exporter.parsing import items

from .conftest import TREE, fixed_inventory, fixed_supplies
from .mutations import WORD

REFUSED = (NotApplicableError, OSError, ValueError)
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]+")
OTHER_DIGITS, OTHER_LETTERS = bytes.maketrans(b"0123456789", b"1234567898"), bytes.maketrans(b"aeioust", b"qqqqqqq")
# Files whose items are several lines: an item begins where a line matches.
BLOCKS = {
    "proc/mdstat": rb"\S+ :",
    "proc/411/mountstats": rb"device ",
    "proc/zoneinfo": rb"Node ",
    "proc/net/ip_vs": rb"[A-Z]",
    "proc/cpuinfo": rb"processor",
    "proc/net/snmp": rb"(\S+): [A-Z]",
    "proc/net/netstat": rb"(\S+): [A-Z]",
}

_opened: list[str] | None = None


def _note_opened(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        _opened.append(os.fsdecode(arguments[0]))


sys.addaudithook(_note_opened)


class Outcome(NamedTuple):
    """The lines of a page by series, or why there is none; and what was skipped."""

    series: dict[tuple[object, ...], str]
    error: str
    skipped: items.Skipped


class MutatedHost:
    """The host of a copied tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "host"
        shutil.copytree(TREE, self.folder, symlinks=True)
        self._roots = Roots(*(self.folder / name for name in ("proc", "sys", "root", "udev")))
        self._inventory = fixed_inventory("inspect-running", "inspect-stopped")

    def files_of(self, kind: type) -> list[str]:
        """Return the files that a collector opens, by their names in the tree."""
        global _opened  # noqa: PLW0603 - an audit hook can't be taken away again
        _opened = []
        self.page(kind)
        opened, _opened = _opened, None
        names = {os.path.relpath(os.path.realpath(path), self.folder) for path in opened if path.startswith("/")}
        return sorted(name for name in names if not name.startswith("..") and (self.folder / name).is_file())

    def page(self, kind: type) -> Outcome:
        """Return what a new collector gives; raise whatever it may not raise, AssertionError for an invalid page."""
        supplies = fixed_supplies(self._roots, self._inventory)
        skipped = items.begin()
        collector = None
        try:
            collector = supplies.make(kind)
            text = collector.page()
        except REFUSED as error:
            return Outcome({}, f"{type(error).__name__}: {error}"[:200], skipped)
        finally:
            if collector is not None:
                collector.close()
            supplies.close()
        return Outcome(read_series(text), "", skipped)

    @contextmanager
    def changed(self, name: str, content: bytes | None) -> Iterator[None]:
        """Let a file hold something else, or be gone, for as long as `with` lasts."""
        path = self.folder / name
        original = path.read_bytes()
        try:
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)
            yield
        finally:
            path.write_bytes(original)

    def related(self, kind: type, name: str, line: int, before: Outcome) -> set[tuple[object, ...]]:
        """Return the series that a line's item gives: those that change with its digits, or that its words name."""
        content = (self.folder / name).read_bytes()
        lines = content.split(b"\n")
        related: set[tuple[object, ...]] = set()
        places = block_of(name, lines, line)
        for place in places:
            for word in WORD.finditer(lines[place]):
                other = word[0].translate(OTHER_DIGITS)
                if other == word[0]:
                    continue
                start, end = word.span()
                text = lines[place][:start] + other + lines[place][end:]
                with self.changed(name, b"\n".join([*lines[:place], text, *lines[place + 1 :]])):
                    after = self.page(kind)
                if not after.error:
                    related |= changes(before, after)
        text = b"\n".join(lines[place] for place in places).decode("utf-8", "replace")
        words = set(FIELD.findall(text)) | set(re.split(r"[ \t\n=:,\"]+", text))
        named = {word.lower() for word in words if len(word) > 1 and not word.isdigit()}
        if len(lines) <= 2:  # a file of one line is told by its name
            named |= {Path(name).name.lower()}
        return related | {series for series in before.series if named & words_of(series)}


def block_of(name: str, lines: list[bytes], line: int) -> list[int]:
    """Return the places of the lines that make one item with this one."""
    if name not in BLOCKS:
        return [line]
    start = next((place for place in range(line, -1, -1) if re.match(BLOCKS[name], lines[place])), 0)
    following = range(start + 1, len(lines))
    end = next((place for place in following if re.match(BLOCKS[name], lines[place])), len(lines))
    return list(range(start, end))


def words_of(series: tuple[object, ...]) -> set[str]:
    """Return what names a series: its family's last words and its labels' values, in lower case."""
    name, labels = str(series[0]).lower(), series[1]
    assert isinstance(labels, tuple)
    values = {str(value).lower() for _, value in labels}
    parts = {part for value in values for part in re.split(r"[/ :,_.-]", value)}
    tails = {name.split("_", count)[-1] for count in range(1, name.count("_") + 1)}
    bare = {tail.removesuffix(end) for tail in tails for end in ("_total", "_bytes", "_pages", "_info", "_seconds")}
    return values | parts | tails | bare


def read_series(text: bytes) -> dict[tuple[object, ...], str]:
    """Return the lines of a page by series; raise AssertionError when the page is invalid or has a series twice."""
    try:
        parsed = parse(text)
    except TextProblemError as error:
        raise AssertionError(f"invalid page: {error}") from error
    assert not parsed.duplicates, f"twice on the page: {parsed.first_duplicate}"
    return {(family.name, labels): line for family in parsed.families for labels, line in family.series.items()}


def changes(before: Outcome, after: Outcome) -> set[tuple[object, ...]]:
    """Return the series of before that are gone or have another value."""
    return {series for series, line in before.series.items() if after.series.get(series) != line}
