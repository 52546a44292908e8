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

# node_md_state's label, and the word in the line about the array's progress that stands for it (md_status in
# drivers/md/md.c). A reshape is none of the five, as in node_exporter.
STATES = ("active", "inactive", "recovering", "resync", "check")
PROGRESS = {"recovery": "recovering", "reshape": "reshaping", "check": "check", "resync": "resync"}
HEAD = re.compile(r"(\S+) : (\S+)")
STATUS = re.compile(r"\[(\d+)/(\d+)\] \[[U_]+\]")
SYNCED = re.compile(r"\((\d+)/\d+\)")
WITHOUT_REDUNDANCY = ("raid0", "linear")
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
    """Return the arrays of /proc/mdstat; raise ValueError for one that is not told as the kernel does."""
    paragraphs: list[list[str]] = []
    for line in text.splitlines():
        if line[:1].isspace() and line.strip() and paragraphs:
            paragraphs[-1].append(line)
        elif HEAD.match(line) and not line.startswith("Personalities"):
            paragraphs.append([line])
    return [_parse_array(lines) for lines in paragraphs]


def _parse_array(lines: list[str]) -> Array:
    match = HEAD.match(lines[0])
    if match is None or len(lines) < 2:
        raise ValueError(f"mdstat: expected the array's size below {lines[0][:80]!r}")
    head, status, *rest = lines
    name, state = match.groups()
    blocks = synced = int(status.split()[0])
    required, active = _count_disks(head, status, state)
    for line in rest:
        if word := next((word for word in PROGRESS if word in line), None):
            state = PROGRESS[word]
            done = SYNCED.search(line)
            synced = int(done[1]) if done else 0  # one that waits says PENDING, DELAYED or REMOTE instead
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
    return int(match[1]), int(match[2])


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
        return [*describe(arrays), *_read_folders(self.roots.sys / "block")]

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
    if level not in CONTAINERS and disks.isdecimal():
        yield Sample(RAID_DISKS, int(disks), (name,))
    degraded = read_int(folder / "degraded") if level in REDUNDANT else 0
    if degraded is not None:
        yield Sample(DEGRADED, degraded, (name,))
