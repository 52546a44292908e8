"""I/O of a group by device: the series of what either version counts, and the devices' names."""

from collections.abc import Mapping
from pathlib import Path

from exporter.cgroups.parse import Device
from exporter.container_families import families as f
from exporter.container_families.rows import Rows
from exporter.exposition.text import escape

REMEMBERED_DEVICES = 1000
IO_FAMILIES = (f.FS_READS_BYTES, f.FS_WRITES_BYTES, f.FS_READS, f.FS_WRITES)
DeviceIo = tuple[tuple[int, ...], Mapping[str, int]]  # the numbers of IO_FAMILIES, and bytes by operation


class Devices:
    """Names of block devices by their numbers, as `/dev/sda`, read once each."""

    def __init__(self, sys: Path) -> None:
        self._folder = sys / "dev" / "block"
        self._names: dict[Device, str] = {}

    def name(self, device: Device) -> str:
        """Return the device's path, its numbers when it has none (any more)."""
        name = self._names.get(device)
        if name is None:
            if len(self._names) >= REMEMBERED_DEVICES:
                self._names.clear()
            name = self._names[device] = self._read(device)
        return name

    def _read(self, device: Device) -> str:
        try:
            text = (self._folder / f"{device[0]}:{device[1]}" / "uevent").read_text()
        except OSError:
            text = ""
        names = (f"/dev/{line[8:]}" for line in text.splitlines() if line.startswith("DEVNAME="))
        return next(names, f"{device[0]}:{device[1]}")


def device_label(name: str) -> str:
    """Return the text of the label `device`."""
    return f',device="{escape(name)}"'


def add_io(rows: Rows, devices: Devices, io: Mapping[Device, DeviceIo]) -> set[str]:
    """Add bytes and operations by device, and return the labels of the devices."""
    labels = set()
    for device, (values, operations) in io.items():
        label = device_label(devices.name(device))
        rows.add([(family, label) for family in IO_FAMILIES], values)
        numbers = f'{label},major="{device[0]}",minor="{device[1]}"'
        rows.add([(f.BLKIO_USAGE, f'{numbers},operation="{name}"') for name in operations], operations.values())
        labels.add(label)
    return labels


def io_of_v1(
    size: Mapping[Device, Mapping[str, int]], count: Mapping[Device, Mapping[str, int]]
) -> dict[Device, DeviceIo]:
    """Return what version 1's two files tell, bytes and operations."""
    none: Mapping[str, int] = {}
    return {
        device: (
            tuple(file.get(device, none).get(name, 0) for file in (size, count) for name in ("Read", "Write")),
            operations,
        )
        for device, operations in size.items()
    }


def io_of_v2(stat: Mapping[Device, Mapping[bytes, int]]) -> dict[Device, DeviceIo]:
    """Return what version 2's io.stat tells."""
    counters: dict[Device, DeviceIo] = {}
    for device, values in stat.items():
        if not values:  # a device that this group has not touched
            continue
        picked = tuple(values.get(key, 0) for key in (b"rbytes", b"wbytes", b"rios", b"wios"))
        counters[device] = (picked, {"Read": picked[0], "Write": picked[1]})
    return counters
