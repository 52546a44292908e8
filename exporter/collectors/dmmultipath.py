"""node_dmmultipath_*: multipath devices of the device mapper and their paths, from /sys/block/dm-*."""

from collections.abc import Iterable, Iterator

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Device, Devices
from exporter.kernel.files import list_folder, read_text, read_text_or
from exporter.parsing.items import item
from exporter.parsing.numbers import natural

DEVICE = ("device", "sysfs_name")


def _gauge(name: str, help_text: str, labels: tuple[str, ...] = DEVICE) -> Family:
    return Family(f"node_dmmultipath_{name}", "gauge", help_text, labels)


INFO = _gauge("device_info", "Non-numeric information about a DM-multipath device.", (*DEVICE, "uuid"))
ACTIVE = _gauge("device_active", "Whether the multipath device-mapper device is active (1) or suspended (0).")
SIZE = _gauge("device_size_bytes", "Size of the multipath device in bytes, read from /sys/block/<dm>/size.")
PATHS = _gauge("device_paths", "Number of paths for a multipath device.")
PATHS_ACTIVE = _gauge(
    "device_paths_active", "Number of paths in active state (SCSI running or NVMe live) for a multipath device."
)
PATHS_FAILED = _gauge("device_paths_failed", "Number of paths not in active state for a multipath device.")
PATH_STATE = _gauge(
    "path_state",
    "Reports the underlying device state for a multipath path, as read from /sys/block/<dev>/device/state.",
    ("device", "path", "state"),
)
# Of a SCSI device (drivers/scsi/scsi_sysfs.c) and of an NVMe controller (drivers/nvme/host/sysfs.c).
USABLE = frozenset({"running", "live"})
SECTOR_BYTES = 512  # whatever the block size: Documentation/ABI/stable/sysfs-block


class Dmmultipath(Collector):
    """Exposes how many paths each device has, and how many of them work."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._folder = roots.sys / "block"
        self._devices = Devices(self._folder, lambda name: name.startswith("dm-"))

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without a multipath device."""
        devices = [device for device in self._devices.find() if device.fixed("dm/uuid").startswith("mpath-")]
        if not devices:
            raise NotApplicableError("/sys/block has no multipath device")
        for device in devices:
            with item(device.path):
                yield from self._read(device)

    def _read(self, device: Device) -> Iterator[Sample]:
        # The name can be changed while the device is there (dmsetup rename).
        name = read_text(device.path / "dm" / "name")
        labels = (name, device.name)
        yield Sample(INFO, 1, (*labels, device.fixed("dm/uuid")))
        with item(device.path / "dm" / "suspended"):
            yield Sample(ACTIVE, int(natural(read_text(device.path / "dm" / "suspended")) != 1), labels)
        with item(device.path / "size"):
            yield Sample(SIZE, natural(read_text(device.path / "size")) * SECTOR_BYTES, labels)
        states = {path: self._read_state(path) for path in list_folder(device.path / "slaves")}
        for path, state in states.items():
            if state:
                yield Sample(PATH_STATE, 1, (name, path, state))
        active = sum(state in USABLE for state in states.values())
        yield Sample(PATHS, len(states), labels)
        yield Sample(PATHS_ACTIVE, active, labels)
        yield Sample(PATHS_FAILED, len(states) - active, labels)

    def _read_state(self, path: str) -> str:
        """Return the state of a path, "" when it can't be read: it does not count as one that works."""
        return read_text_or(self._folder / path / "device" / "state")
