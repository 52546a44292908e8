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
from .fixed_options import options_of
from .mutations import WORD

REFUSED = (NotApplicableError, OSError, ValueError)
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]+")
OTHER_DIGITS = bytes.maketrans(b"0123456789", b"1234567898")
OTHER_LETTERS = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyzABCDEFGH", b"bcdefghijklmnopqrstuvwxyzaHGFEDCBA")
FEW = 4
# Files whose items are several lines: an item begins where a line matches.
BLOCKS = {
    "proc/mdstat": rb"\S+ :",
    "proc/411/mountstats": rb"device ",
    "proc/zoneinfo": rb"Node ",
    "proc/net/ip_vs": rb"[A-Z]",
    "proc/cpuinfo": rb"processor",
    "proc/net/stat/arp_cache": rb"entries",  # a row is its CPU by where it stands
    "proc/net/stat/nf_conntrack": rb"entries",
    "proc/net/snmp": rb"(\S+): [A-Z]",
    "proc/net/netstat": rb"(\S+): [A-Z]",
}

# Files and lines on which all that comes from their file depends, and why.
WHOLE = {
    ("proc/interrupts", 0): "the CPUs' names above the columns",
    ("proc/softirqs", 0): "the CPUs' names above the columns",
    ("proc/net/stat/nf_conntrack", 0): "the columns' names, of sums over all lines",
}
# Where a file says what others mean: parts of the names of the series that depend on it.
DECIDES = {
    "md/level": ("raid_disks", "degraded"),
    "/stat": ("processes", "tasks_state", "vigie_process"),
    "intel-rapl:": ("rapl",),  # zones of one name are numbered
    "cgroup.procs": ("container",),
    "cpu.max": ("container_spec_cpu", "container_cpu_cfs"),
    "mii_status": ("bonding",),
    "dmi/id": ("dmi",),
    "901/cgroup": ("container",),
    "proc/cpuinfo": ("machine_cpu",),  # counts over all lines
    # One that is gone says that the container's first process has ended, or that SELinux is off.
    "901/limits": ("container",),
    "901/net/dev": ("container",),
    "selinux/enforce": ("selinux",),
}

_opened: list[str] | None = None
OPENING = frozenset({"open", "os.listdir", "os.scandir"})


def _note_opened(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event in OPENING and isinstance(arguments[0], str | bytes | os.PathLike):
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
        self.roots = Roots(*(self.folder / name for name in ("proc", "sys", "root", "udev")))
        self.inventory = fixed_inventory("inspect-running", "inspect-stopped")

    def files_of(self, kind: type) -> list[str]:
        """Return the files that a collector opens, by their names in the tree."""
        return [name for name in self._opened_by(kind) if (self.folder / name).is_file()]

    def folders_of(self, kind: type) -> list[str]:
        """Return the folders that a collector lists, by their names in the tree."""
        return [name for name in self._opened_by(kind) if (self.folder / name).is_dir()]

    def _opened_by(self, kind: type) -> list[str]:
        global _opened  # noqa: PLW0603 - an audit hook can't be taken away again
        _opened = []
        self.page(kind)
        opened, _opened = _opened, None
        names = {os.path.relpath(os.path.realpath(path), self.folder) for path in opened if path.startswith("/")}
        return sorted(name for name in names if not name.startswith("..") and name != ".")

    @contextmanager
    def without_folder(self, name: str, *, linked_to_itself: bool) -> Iterator[None]:
        """Let a folder be gone, or give ELOOP to who lists it, for as long as `with` lasts."""
        path, away = self.folder / name, self.folder / "away"
        path.rename(away)
        try:
            if linked_to_itself:
                path.symlink_to(path.name)
            yield
        finally:
            path.unlink(missing_ok=True)
            away.rename(path)

    def page(self, kind: type) -> Outcome:
        """Return what a new collector gives; raise whatever it may not raise, AssertionError for an invalid page."""
        supplies = fixed_supplies(self.roots, self.inventory)
        skipped = items.begin()
        collector = None
        try:
            collector = supplies.make(kind, options_of(kind, self.folder))
            text = collector.page()
        except REFUSED as error:
            return Outcome({}, f"{type(error).__name__}: {error}"[:200], skipped)
        finally:
            if collector is not None:
                collector.close()
            supplies.close()
        return Outcome(read_series(text), "", skipped)

    @contextmanager
    def changed(self, name: str, content: bytes | Path | None) -> Iterator[None]:
        """Let a file hold something else, be a link or be gone, for as long as `with` lasts."""
        path = self.folder / name
        original = path.read_bytes()
        try:
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.unlink()
            if isinstance(content, Path):
                path.symlink_to(content)
            yield
        finally:
            if not isinstance(content, bytes):
                path.unlink(missing_ok=True)
            path.write_bytes(original)

    def related(self, kind: type, name: str, line: int, before: Outcome) -> set[tuple[object, ...]]:
        """Return the series that a line's item gives: those that change with its digits, or that its words name."""
        if (name, line) in WHOLE:
            return set(before.series)
        content = (self.folder / name).read_bytes()
        lines = content.split(b"\n")
        related: set[tuple[object, ...]] = set()
        places = block_of(name, lines, line)
        for place in places:
            for word in WORD.finditer(lines[place]):
                for table, most in ((OTHER_DIGITS, 10_000), (OTHER_LETTERS, 10_000 if len(lines) <= 2 else FEW)):
                    start, end = word.span()
                    text = lines[place][:start] + word[0].translate(table) + lines[place][end:]
                    with self.changed(name, b"\n".join([*lines[:place], text, *lines[place + 1 :]])):
                        after = self.page(kind)
                    changed = changes(before, after)
                    if not after.error and len(changed) <= most:
                        related |= changed
        text = b"\n".join(lines[place] for place in places).decode("utf-8", "replace")
        words = set(FIELD.findall(text)) | set(re.split(r"[ \t\n=:,\"]+", text))
        named = {word.lower() for word in words if len(word) > 1 and not word.isdigit()}
        if "supervise" in Path(name).parts:  # a record of bytes, of the service that the folder is named after
            named |= {Path(name).parts[-3].lower()}
        if len(lines) <= 2:  # a file of one line is told by its name
            named |= {Path(name).name.lower()}
        decided = tuple(part for file, parts in DECIDES.items() if file in name for part in parts)
        related |= {series for series in before.series if any(part in str(series[0]) for part in decided)}
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
