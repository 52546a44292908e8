"""node_disk_*: block devices' I/O from /proc/diskstats, and what udev knows of them."""

import os
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, Sample, by_family, render
from exporter.kernel.files import read_text_or
from exporter.kernel.name_filter import Filter
from exporter.parsing.items import UNREADABLE, Skipped, item, skip
from exporter.parsing.lines import ODD_SPACE, split_lines, split_words
from exporter.parsing.numbers import natural, real, wholes

SECTOR_BYTES = 512  # Documentation/block/stat.rst: always 512, whatever the device's block size
MILLISECONDS = 1000


def _counter(name: str, help_text: str, form: str = "%d") -> Family:
    return Family(f"node_disk_{name}", "counter", help_text, ("device",), form)


# Documentation/admin-guide/iostats.rst: the fields after the device's name, in their order.
COLUMNS = (
    _counter("reads_completed_total", "The total number of reads completed successfully."),
    _counter("reads_merged_total", "The total number of reads merged."),
    _counter("read_bytes_total", "The total number of bytes read successfully."),
    _counter("read_time_seconds_total", "The total number of seconds spent by all reads.", "%.3f"),
    _counter("writes_completed_total", "The total number of writes completed successfully."),
    _counter("writes_merged_total", "The number of writes merged."),
    _counter("written_bytes_total", "The total number of bytes written successfully."),
    _counter("write_time_seconds_total", "This is the total number of seconds spent by all writes.", "%.3f"),
    Family("node_disk_io_now", "gauge", "The number of I/Os currently in progress.", ("device",)),
    _counter("io_time_seconds_total", "Total seconds spent doing I/Os.", "%.3f"),
    _counter("io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.", "%.3f"),
    _counter("discards_completed_total", "The total number of discards completed successfully."),
    _counter("discards_merged_total", "The total number of discards merged."),
    _counter("discarded_sectors_total", "The total number of sectors discarded successfully."),
    _counter("discard_time_seconds_total", "This is the total number of seconds spent by all discards.", "%.3f"),
    _counter("flush_requests_total", "The total number of flush requests completed successfully"),
    _counter(
        "flush_requests_time_seconds_total", "This is the total number of seconds spent by all flush requests.", "%.3f"
    ),
)
# Columns came with the kernel: discards with 4.18, flushes with 5.5. Each device has them up to one of these ends.
GENERATIONS = ((0, 11), (11, 15), (15, 17))
BYTES_COLUMNS = tuple(place for place, family in enumerate(COLUMNS) if "bytes" in family.name)
IS_TIME = tuple(family.form == "%.3f" for family in COLUMNS)

INFO = Family(
    "node_disk_info",
    "gauge",
    "Info of /sys/block/<block_device>.",
    ("device", "major", "minor", "model", "path", "revision", "rotational", "serial", "wwn"),
)
FILESYSTEM_INFO = Family(
    "node_disk_filesystem_info",
    "gauge",
    "Info about disk filesystem.",
    ("device", "type", "usage", "uuid", "version"),
)
DEVICE_MAPPER_INFO = Family(
    "node_disk_device_mapper_info",
    "gauge",
    "Info about disk device mapper.",
    ("device", "lv_layer", "lv_name", "name", "uuid", "vg_name"),
)
ATA = {
    "ID_ATA_WRITE_CACHE": Family("node_disk_ata_write_cache", "gauge", "ATA disk has a write cache.", ("device",)),
    "ID_ATA_WRITE_CACHE_ENABLED": Family(
        "node_disk_ata_write_cache_enabled", "gauge", "ATA disk has its write cache enabled.", ("device",)
    ),
    "ID_ATA_ROTATION_RATE_RPM": Family(
        "node_disk_ata_rotation_rate_rpm", "gauge", "ATA disk rotation rate in RPMs (0 for SSDs).", ("device",)
    ),
}
Device = tuple[str, str, str]


def parse(text: bytes, name_filter: Filter) -> dict[Device, list[int]]:
    """Return the (name, major, minor) of each wanted device with its columns as the kernel counts them.

    A line that is not one of numbers is skipped, and so is one that comes twice.
    """
    devices: dict[Device, list[int]] = {}
    split = bytes.split if ODD_SPACE.search(text) is None else split_words
    for number, line in enumerate(split_lines(text), 1):
        try:
            major, minor, name, *columns = split(line)
            if len(columns) < GENERATIONS[0][1]:
                raise ValueError(f"expected at least {GENERATIONS[0][1]} columns, got {line[:80]!r}")
            device = name.decode("utf-8", "replace")
            if name_filter.accepts(device):
                key, row = (device, str(natural(major)), str(natural(minor))), wholes(columns[: len(COLUMNS)])
                if devices.setdefault(key, row) is not row:
                    raise ValueError(f"expected each device once, got {device} twice")
        except UNREADABLE as error:
            skip(f"/proc/diskstats, line {number}", error)
    return devices


def sum_by_name(devices: Mapping[Device, list[float]]) -> dict[str, list[float]]:
    """Return the columns by name, which is all that the counters are told apart by: the sum where two have one."""
    rows: dict[str, list[float]] = {}
    for (name, _, _), row in devices.items():
        other = rows.get(name)
        rows[name] = row if other is None else [a + b for a, b in zip_longest(row, other, fillvalue=0)]
    return rows


def to_units(columns: list[int]) -> list[float]:
    """Return the columns in the families' units: bytes for sectors, seconds for milliseconds."""
    row = columns.copy()
    for place in BYTES_COLUMNS:
        row[place] *= SECTOR_BYTES
    return [value / MILLISECONDS if is_time else value for value, is_time in zip(row, IS_TIME, strict=False)]


def parse_udev(text: str) -> dict[str, str]:
    """Return the `E:NAME=value` properties of a file of udev's database (its format: systemd's device-private.c)."""
    return dict(line[2:].partition("=")[::2] for line in split_lines(text) if line.startswith("E:") and "=" in line)


def describe(device: Device, udev: dict[str, str], rotational: str) -> Iterable[Sample]:
    """Yield the info samples of one device from its udev properties and its `queue/rotational`."""
    name, major, minor = device
    serial = udev.get("SCSI_IDENT_SERIAL") or udev.get("ID_SERIAL_SHORT") or udev.get("ID_SERIAL", "")
    identity = (udev.get("ID_MODEL", ""), udev.get("ID_PATH", ""), udev.get("ID_REVISION", ""))
    yield Sample(INFO, 1, (name, major, minor, *identity, rotational, serial, udev.get("ID_WWN", "")))
    if fstype := udev.get("ID_FS_TYPE"):
        rest = (udev.get("ID_FS_USAGE", ""), udev.get("ID_FS_UUID", ""), udev.get("ID_FS_VERSION", ""))
        yield Sample(FILESYSTEM_INFO, 1, (name, fstype, *rest))
    if mapped := udev.get("DM_NAME"):
        volume = (udev.get("DM_LV_LAYER", ""), udev.get("DM_LV_NAME", ""))
        rest = (mapped, udev.get("DM_UUID", ""), udev.get("DM_VG_NAME", ""))
        yield Sample(DEVICE_MAPPER_INFO, 1, (name, *volume, *rest))
    if udev.get("ID_ATA"):
        for key, family in ATA.items():
            if udev.get(key):
                with item(f"udev, {name}, {key}"):
                    yield Sample(family, real(udev[key]), (name,))


class DiskstatsOptions(Options, frozen=True, kw_only=True):
    """Which devices are exposed."""

    device_exclude: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = (
        r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$"
    )
    device_include: Annotated[str, msgspec.Meta(description="Devices to keep (regexp).")] = ""


class Diskstats(Collector):
    """Exposes I/O counters and identities of the devices that the filter leaves."""

    options_type = DiskstatsOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        chosen = self.options
        exclude = "" if chosen.device_include else chosen.device_exclude
        self._filter = Filter(exclude, chosen.device_include)
        self._file = roots.file("diskstats")
        self._widths: set[int] = set()
        self._blocks: list[tuple[tuple[int, int], Block]] = []
        self._described: dict[Device, tuple[object, list[Sample], Skipped]] = {}
        self._info: tuple[object, bytes] = (None, b"")

    def page(self) -> bytes:
        """Return counters and infos of the devices."""
        devices = {key: to_units(row) for key, row in parse(self._file.read(), self._filter).items()}
        parts = []
        rows = dict(zip([name for name, _, _ in devices], devices.values(), strict=True))
        if len(rows) < len(devices):
            rows = sum_by_name(devices)
        for (first, last), block in self._blocks_for(rows.values()):
            counted = {name: row[first:last] for name, row in rows.items() if len(row) >= last}
            parts.append(block.render([(name,) for name in counted], by_family(counted.values())))
        return b"".join(parts) + self._infos(devices)

    def _blocks_for(self, rows: Iterable[list[float]]) -> list[tuple[tuple[int, int], Block]]:
        """Return the spans of columns and their blocks: one alone where all devices have the same."""
        widths = {len(row) for row in rows}
        if widths != self._widths:
            ends = sorted({last for _, last in GENERATIONS if any(width >= last for width in widths)})
            if len(widths) == 1:
                ends = ends[-1:]
            spans = list(zip([0, *ends], ends, strict=False))
            self._widths, self._blocks = widths, [(span, Block(*COLUMNS[span[0] : span[1]])) for span in spans]
        return self._blocks

    def _infos(self, devices: Iterable[Device]) -> bytes:
        """Return the info families; udev's files are parsed again only when they were written anew."""
        self._described = {device: self._describe(device) for device in devices}
        state = tuple((device, signature) for device, (signature, _, _) in self._described.items())
        for _, _, skipped in self._described.values():
            skipped.repeat()
        if state != self._info[0]:
            self._info = (state, render(sample for _, samples, _ in self._described.values() for sample in samples))
        return self._info[1]

    def _describe(self, device: Device) -> tuple[object, list[Sample], Skipped]:
        name, major, minor = device
        path = f"{self.roots.udev}/b{major}:{minor}"
        try:
            status = os.stat(path)  # noqa: PTH116 - at every scrape; a Path costs more than the call
            signature: object = (status.st_mtime_ns, status.st_ino, status.st_size)
        except OSError:
            signature = None
        last = self._described.get(device)
        if last is not None and last[0] == signature:
            return last
        rotational = read_text_or(self.roots.sys / "block" / name.replace("/", "!") / "queue" / "rotational", "0")
        with Skipped() as skipped:
            samples = list(describe(device, parse_udev(read_text_or(Path(path))), rotational))
        return signature, samples, skipped
