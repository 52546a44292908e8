"""node_nvme_*: NVMe controllers and their namespaces, from /sys/class/nvme."""

import re
from collections.abc import Iterable

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Device, Devices
from exporter.kernel.files import list_or_skip, read_text_or
from exporter.kernel.sysfs import read_int

INFO = Family(
    "node_nvme_info",
    "gauge",
    "Non-numeric data from /sys/class/nvme/<device>, value is always 1.",
    ("device", "firmware_revision", "model", "serial", "state", "cntlid"),
)
NAMESPACE = Family(
    "node_nvme_namespace_info",
    "gauge",
    "Information about NVMe namespaces. Value is always 1",
    ("device", "nsid", "ana_state"),
)


def _bytes(name: str, help_text: str) -> Family:
    return Family(f"node_nvme_namespace_{name}_bytes", "gauge", help_text, ("device", "nsid"))


CAPACITY = _bytes(
    "capacity", "Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size"
)
SIZE = _bytes("size", "Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size")
USED = _bytes(
    "used", "Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse"
)
BLOCK = _bytes(
    "logical_block_size",
    "Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in "
    "/sys/class/nvme/<device>/<namespace>/queue/logical_block_size",
)
SECTOR_BYTES = 512
# With native multipath a path to a namespace is `nvme0c1n2`: subsystem, controller, namespace.
NAMESPACE_FOLDER = re.compile(r"nvme[0-9]+(?:c[0-9]+)?n([0-9]+)")


class Nvme(Collector):
    """Exposes what each controller is and how full its namespaces are."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._devices = Devices(roots.sys / "class" / "nvme")

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without a controller, ValueError when one is no number."""
        controllers = self._devices.find()
        if not controllers:
            raise NotApplicableError("/sys/class/nvme has no controller")
        for controller in controllers:
            identity = (controller.fixed("model"), controller.fixed("serial"))
            # A firmware update changes the revision without the controller going away.
            firmware, state = (read_text_or(controller.path / name) for name in ("firmware_rev", "state"))
            yield Sample(INFO, 1, (controller.name, firmware, *identity, state, controller.fixed("cntlid")))
            matches = filter(None, map(NAMESPACE_FOLDER.fullmatch, list_or_skip(controller.path)))
            for number, name in {match[1]: match[0] for match in matches}.items():
                yield from _read_namespace(controller, name, number)


def _read_namespace(controller: Device, name: str, number: str) -> Iterable[Sample]:
    """Yield the samples of one namespace; what it lacks is left out, also what is computed from that.

    `size` counts sectors of 512 bytes whatever the block size (Documentation/block/stat.rst), `nuse` blocks.
    node_exporter multiplies both with the block size, which gives eight times too much where blocks have 4 KiB.
    """
    folder = controller.path / name
    labels = (controller.name, number)
    yield Sample(NAMESPACE, 1, (*labels, read_text_or(folder / "ana_state", "unknown")))
    block_bytes = read_int(folder / "queue" / "logical_block_size")
    sectors, used_blocks = read_int(folder / "size"), read_int(folder / "nuse")
    if sectors is not None:
        yield Sample(CAPACITY, sectors * SECTOR_BYTES, labels)
        yield Sample(SIZE, sectors * SECTOR_BYTES, labels)
    if block_bytes is not None:
        yield Sample(BLOCK, block_bytes, labels)
        if used_blocks is not None:
            yield Sample(USED, used_blocks * block_bytes, labels)
