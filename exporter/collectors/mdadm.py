"""node_md_*: software RAID arrays, from /proc/mdstat and /sys/block/md*/md (Documentation/admin-guide/md.rst)."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import list_folder, read_text_or
from exporter.kernel.sysfs import read_int
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import natural

# node_md_state's label, and the word in the line about the array's progress that stands for it (md_status in
# drivers/md/md.c). A reshape is none of the five, as in node_exporter.
STATES = ("active", "inactive", "recovering", "resync", "check")
PROGRESS = {"recovery": "recovering", "reshape": "reshaping", "check": "check", "resync": "resync"}
HEAD = re.compile(r"(\S+) : (\S+)")
STATUS = re.compile(r"\[([0-9]+)/([0-9]+)\] \[[U_]+\]")
SYNCED = re.compile(r"\(([0-9]+)/[0-9]+\)")
# A multipath array's paths and a faulty one's disk say no [2/2] either.
WITHOUT_REDUNDANCY = ("raid0", "linear", "faulty")
REDUNDANT = frozenset({"raid1", "raid4", "raid5", "raid6", "raid10"})
# Sets of disks that arrays are cut from: they have no disks of their own.
CONTAINERS = frozenset({"", "container", "imsm", "ddf"})


def _gauge(name: str, help_text: str, *labels: str) -> Family:
    return Family(f"node_md_{name}", "gauge", help_text, ("device", *labels))


REQUIRED = _gauge("disks_required", "Total number of disks of device.")
DISKS = _gauge("disks", "Number of active/failed/spare disks of device.", "state")
STATE = _gauge("state", "Indicates the state of md-device.", "state")
BLOCKS = _gauge("blocks", "Total number of blocks on device.")
SYNCED_BLOCKS = _gauge("blocks_synced", "Number of blocks synced on device.")
RAID_DISKS = _gauge("raid_disks", "Number of raid disks on device.")
DEGRADED = _gauge("degraded", "Number of degraded disks on device.")


class Array(NamedTuple):
    """An array as /proc/mdstat tells of it; blocks are of 1024 bytes."""

    name: str
    state: str
    required: int
    active: int
    failed: int
    spare: int
    blocks: int
    blocks_synced: int


def parse(text: str) -> list[Array]:
    """Return the arrays of /proc/mdstat; one that is not told as the kernel does is skipped."""
    paragraphs: list[list[str]] = []
    is_inside = False  # what follows a head that can't be read belongs to no array before it
    for line in split_lines(text):
        is_detail = line[:1] in {" ", "\t"} and bool(line.strip(" \t"))
        if is_detail and is_inside:
            paragraphs[-1].append(line)
        elif not is_detail:
            is_inside = HEAD.match(line) is not None and not line.startswith("Personalities")
            paragraphs += [[line]] if is_inside else []
    arrays: dict[str, Array] = {}
    for lines in paragraphs:
        name = lines[0].partition(" ")[0]
        with item(f"/proc/mdstat, {name}"):
            array = _parse_array(lines)
            if arrays.setdefault(name, array) is not array:
                raise ValueError(f"expected each array once, got {name} twice")
    return list(arrays.values())


def _parse_array(lines: list[str]) -> Array:
    match = HEAD.match(lines[0])
    if match is None:
        raise ValueError(f"expected `name : state`, got {lines[0][:80]!r}")
    name, state = match.groups()
    if len(lines) < 2 and state == "inactive":  # assembled in part, and without disks that would have a size
        lines = [*lines, "0 blocks"]
    if len(lines) < 2:
        raise ValueError(f"expected the array's size below {lines[0][:80]!r}")
    head, status, *rest = lines
    blocks = synced = natural(split_words(status)[0])
    required, active = _count_disks(head, status, state)
    for line in rest:
        if word := next((word for word in PROGRESS if word in line), None):
            state = PROGRESS[word]
            done = SYNCED.search(line)
            synced = natural(done[1]) if done else 0  # one that waits says PENDING, DELAYED or REMOTE instead
    return Array(name, state, required, active, head.count("(F)"), head.count("(S)"), blocks, synced)


def _count_disks(head: str, status: str, state: str) -> tuple[int, int]:
    """Return how many disks the array has by its nature, and how many of them work."""
    if any(level in head for level in WITHOUT_REDUNDANCY):
        return head.count("["), head.count("[")
    if state == "inactive":
        return 0, 0
    match = STATUS.search(status)
    if match is None:
        raise ValueError(f"mdstat: expected [disks/working] in {status[:80]!r}")
    return natural(match[1]), natural(match[2])


class Mdadm(Collector):
    """Exposes each array's state, disks and progress."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("mdstat")

    def collect(self) -> Iterable[Sample]:
        """Return the samples; raise NotApplicableError without the md driver, OSError, ValueError."""
        try:
            text = self._file.read()
        except FileNotFoundError as error:
            raise NotApplicableError("no /proc/mdstat: the md driver is not loaded") from error
        arrays = parse(text.decode("utf-8", "replace"))
        samples = list(describe(arrays))
        with item(self.roots.sys / "block"):
            samples += _read_folders(self.roots.sys / "block")
        return samples

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()


def describe(arrays: Iterable[Array]) -> Iterator[Sample]:
    """Yield what /proc/mdstat tells of each array."""
    for array in arrays:
        yield Sample(REQUIRED, array.required, (array.name,))
        yield Sample(DISKS, array.active, (array.name, "active"))
        yield Sample(DISKS, array.failed, (array.name, "failed"))
        yield Sample(DISKS, array.spare, (array.name, "spare"))
        yield from (Sample(STATE, int(array.state == state), (array.name, state)) for state in STATES)
        yield Sample(BLOCKS, array.blocks, (array.name,))
        yield Sample(SYNCED_BLOCKS, array.blocks_synced, (array.name,))


def _read_folders(folder: Path) -> Iterator[Sample]:
    for name in list_folder(folder):
        if name.startswith("md") and (folder / name / "md").is_dir():
            yield from _read_folder(folder / name / "md", name)


def _read_folder(folder: Path, name: str) -> Iterator[Sample]:
    level = read_text_or(folder / "level")
    # While it is reshaped: `5 (4)`, the new number and the old one.
    disks = read_text_or(folder / "raid_disks").partition(" ")[0]
    if level not in CONTAINERS and disks:
        with item(folder / "raid_disks"):
            yield Sample(RAID_DISKS, natural(disks), (name,))
    degraded = read_int(folder / "degraded") if level in REDUNDANT else 0
    if degraded is not None:
        yield Sample(DEGRADED, degraded, (name,))
