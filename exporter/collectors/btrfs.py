"""node_btrfs_*: space, commits and device errors of mounted btrfs, from /sys/fs/btrfs and its ioctls."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.base.shared import SharedFiles
from exporter.exposition.text import Family, Kind, Sample
from exporter.kernel.btrfs_ioctl import ERRORS, Device, read_devices
from exporter.kernel.files import list_folder, list_or_skip, read_text_or
from exporter.kernel.mounts import Mount, parse_mountinfo
from exporter.kernel.sysfs import read_int
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines
from exporter.parsing.numbers import natural

SECTOR_BYTES = 512
MILLISECONDS = 1000
# `mixed` is where data and metadata share their block groups.
BLOCK_GROUP_TYPES = ("data", "metadata", "mixed", "system")


def _family(name: str, help_text: str, *labels: str) -> Family:
    kind: Kind = "counter" if name.endswith("_total") else "gauge"
    return Family(f"node_btrfs_{name}", kind, help_text, tuple(sorted(("uuid", *labels))))


INFO = _family("info", "Filesystem information", "label")
RESERVE = _family("global_rsv_size_bytes", "Size of global reserve.")
COMMITS = _family("commits_total", "The total number of commits that have occurred.")
COMMIT_SECONDS = {
    "last_commit_ms": _family("last_commit_seconds", "Duration of the most recent commit, in seconds."),
    "max_commit_ms": _family("max_commit_seconds", "Duration of the slowest commit, in seconds."),
    "total_commit_ms": _family("commit_seconds_total", "Sum of the duration of all commits, in seconds."),
}
RESERVED = _family("reserved_bytes", "Amount of space reserved for a data type", "block_group_type")
USED = _family("used_bytes", "Amount of used space by a layout/data type", "block_group_type", "mode")
SIZE = _family("size_bytes", "Amount of space allocated for a layout/data type", "block_group_type", "mode")
RATIO = _family("allocation_ratio", "Data allocation ratio for a layout/data type", "block_group_type", "mode")
DEVICE_SIZE = _family(
    "device_size_bytes", "Size of a device that is part of the filesystem.", "btrfs_dev_uuid", "device"
)
DEVICE_UNUSED = _family(
    "device_unused_bytes",
    "Unused bytes unused on a device that is part of the filesystem.",
    "btrfs_dev_uuid",
    "device",
)
DEVICE_ERRORS = _family("device_errors_total", "Errors reported for the device", "btrfs_dev_uuid", "device", "type")
COPIES = {"single": 1, "raid0": 1, "dup": 2, "raid1": 2, "raid10": 2, "raid1c3": 3, "raid1c4": 4}
PARITIES = {"raid5": 1, "raid6": 2}


def allocation_ratio(mode: str, devices: int) -> float:
    """Return how many bytes of disk a byte takes in a layout over so many devices; 0 when that is not known."""
    if mode in PARITIES:
        left = devices - PARITIES[mode]
        return devices / left if left > 0 else 0
    return COPIES.get(mode, 0)


def parse_commits(text: str) -> dict[str, int]:
    """Return the numbers of `commit_stats` by their names."""
    numbers = {}
    for line in split_lines(text):
        name, _, value = line.partition(" ")
        with item(f"commit_stats, {name}"):
            numbers[name] = natural(value)
    return numbers


class Btrfs(Collector):
    """Exposes each mounted btrfs. What its devices say needs a mount point that we may open."""

    def __init__(self, roots: Roots, files: SharedFiles, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = files

    def collect(self) -> Iterable[Sample]:
        """Return the samples; raise NotApplicableError where none is mounted, ValueError."""
        folder = self.roots.sys / "fs" / "btrfs"
        names = [name for name in list_folder(folder) if "-" in name]
        if not names:
            raise NotApplicableError("no file system in /sys/fs/btrfs")
        devices = self._ask_devices()
        uuids: set[str] = set()
        for name in names:
            uuid = read_text_or(folder / name / "metadata_uuid", name)
            if uuid in uuids:  # only a garbled one: the kernel refuses a second mount
                uuid = name
            uuids.add(uuid)
            yield from _read(folder / name, uuid, devices.get(name, ()))

    def _ask_devices(self) -> dict[str, Sequence[Device]]:
        """Return the devices of each file system that is mounted where we may look, by its UUID."""
        devices_by_id: dict[str, Sequence[Device]] = {}
        read_already: set[str] = set()
        for mount in self._mounts():
            if mount.fstype != "btrfs" or mount.device in read_already:
                continue
            try:
                identity, devices = read_devices(os.fsencode(self.roots.root).rstrip(b"/") + mount.path)
            except (OSError, ValueError):
                continue  # another mount point of the same file system may be open to us
            devices_by_id[identity] = devices
            read_already.add(mount.device)
        return devices_by_id

    def _mounts(self) -> Iterable[Mount]:
        try:
            text = self._files.read("1/mountinfo")
        except OSError:
            text = self._files.read("self/mountinfo")  # /proc is mounted with hidepid
        return parse_mountinfo(text)


def _read(folder: Path, uuid: str, devices: Sequence[Device]) -> Iterator[Sample]:
    yield Sample(INFO, 1, (read_text_or(folder / "label"), uuid))
    reserve = read_int(folder / "allocation" / "global_rsv_size")
    if reserve is not None:
        yield Sample(RESERVE, reserve, (uuid,))
    yield from _read_commits(folder, uuid)
    names = list_or_skip(folder / "devices")
    for kind in BLOCK_GROUP_TYPES:
        yield from _read_allocation(folder / "allocation" / kind, uuid, len(names))
    if devices:
        yield from describe(devices, uuid)
        return
    for name in names:
        sectors = read_int(folder / "devices" / name / "size")
        if sectors is not None:
            yield Sample(DEVICE_SIZE, sectors * SECTOR_BYTES, ("", name, uuid))


def _read_commits(folder: Path, uuid: str) -> Iterator[Sample]:
    commits = parse_commits(read_text_or(folder / "commit_stats"))  # since Linux 6.0
    if "commits" in commits:
        yield Sample(COMMITS, commits["commits"], (uuid,))
    for name, family in COMMIT_SECONDS.items():
        if name in commits:
            yield Sample(family, commits[name] / MILLISECONDS, (uuid,))


def _read_allocation(folder: Path, uuid: str, devices: int) -> Iterator[Sample]:
    """Yield what is reserved for a type of block groups, and the space of each of its layouts."""
    reserved = read_int(folder / "bytes_reserved")
    if reserved is not None:
        yield Sample(RESERVED, reserved, (folder.name, uuid))
    for mode in list_or_skip(folder):
        if "_" in mode or mode == "flags":
            continue  # a file beside the layouts' folders
        used, size = read_int(folder / mode / "used_bytes"), read_int(folder / mode / "total_bytes")
        labels = (folder.name, mode, uuid)
        if used is not None:
            yield Sample(USED, used, labels)
        if size is not None:
            yield Sample(SIZE, size, labels)
        if used is not None or size is not None:
            yield Sample(RATIO, allocation_ratio(mode, devices), labels)


def describe(devices: Sequence[Device], uuid: str) -> Iterator[Sample]:
    """Yield what the ioctls tell of each device."""
    for device in devices:
        yield Sample(DEVICE_SIZE, device.bytes_total, (device.uuid, device.name, uuid))
        yield Sample(DEVICE_UNUSED, device.bytes_total - device.bytes_used, (device.uuid, device.name, uuid))
        for kind, count in zip(ERRORS, device.errors, strict=True):
            yield Sample(DEVICE_ERRORS, count, (device.uuid, device.name, kind, uuid))
