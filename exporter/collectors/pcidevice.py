"""node_pcidevice_*: PCI devices, their links, power states and virtual functions, from /sys/bus/pci/devices."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import structlog

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.devices import Device, Devices
from exporter.kernel.files import read_text
from exporter.kernel.pci_ids import PciIds, PciNames, open_list
from exporter.parsing.items import item
from exporter.parsing.numbers import hexadecimal, natural, real, whole

log = structlog.get_logger()

PLACE = ("segment", "bus", "device", "function")
NUMBERS = ("class_id", "vendor_id", "device_id", "subsystem_vendor_id", "subsystem_device_id", "revision")
PARENT = tuple(f"parent_{label}" for label in PLACE)
NAMES = ("vendor_name", "device_name", "subsystem_vendor_name", "subsystem_device_name", "class_name")
INFO_HELP = "Non-numeric data from /sys/bus/pci/devices/<location>, value is always 1."
INFO = Family("node_pcidevice_info", "gauge", INFO_HELP, (*PLACE, *PARENT, *NUMBERS))
NAMED_INFO = INFO._replace(labels=(*INFO.labels, *NAMES))
# Documentation/ABI/testing/sysfs-bus-pci; each file and how many digits its number has.
IDENTITY = {
    "class": 6, "vendor": 4, "device": 4, "subsystem_vendor": 4, "subsystem_device": 4, "revision": 2,
}  # fmt: skip
POWER_STATES = ("D0", "D1", "D2", "D3hot", "D3cold", "unknown", "error")
ADDRESS = re.compile(r"([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)\.([0-9a-f]+)", re.IGNORECASE)
SPEED = re.compile(r"(\S+) GT/s.*")
NOTHING = ("*", "*", "*", "*")


def _gauge(name: str, help_text: str, *labels: str) -> Family:
    return Family(f"node_pcidevice_{name}", "gauge", help_text, (*PLACE, *labels))


POWER_STATE = _gauge(
    "power_state", "PCIe device power state, one of: D0, D1, D2, D3hot, D3cold, unknown or error.", "state"
)
NUMA_NODE = _gauge("numa_node", "NUMA node number for the PCI device. -1 indicates unknown or not available.")


def parse_speed(text: str) -> float:
    """Return the transfers per second of `8.0 GT/s PCIe` (drivers/pci/probe.c); raise ValueError."""
    match = SPEED.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a speed in GT/s, got {text[:80]!r}")
    return real(match[1]) * 1e9


def parse_switch(text: str) -> float:
    """Return 1 for what is on and 0 for what is off; raise ValueError."""
    return int(whole(text) != 0)


# The file of each gauge, how it is read, and what is shown of a device that lacks it.
FILES: Mapping[str, tuple[Family, Callable[[str], float], int]] = {
    "max_link_speed": (
        _gauge("max_link_transfers_per_second", "Value of maximum link's transfers per second (T/s)"), parse_speed, -1,
    ),
    "max_link_width": (_gauge("max_link_width", "Value of maximum link's width (number of lanes)"), whole, -1),
    "current_link_speed": (
        _gauge("current_link_transfers_per_second", "Value of current link's transfers per second (T/s)"),
        parse_speed, -1,
    ),
    "current_link_width": (_gauge("current_link_width", "Value of current link's width (number of lanes)"), whole, -1),
    "d3cold_allowed": (
        _gauge("d3cold_allowed", "Whether the PCIe device supports D3cold power state (0/1)."), parse_switch, 0,
    ),
    "sriov_drivers_autoprobe": (
        _gauge("sriov_drivers_autoprobe", "Whether SR-IOV drivers autoprobe is enabled for the device (0/1)."),
        parse_switch, 0,
    ),
    "sriov_numvfs": (
        _gauge("sriov_numvfs", "Number of Virtual Functions (VFs) currently enabled for SR-IOV."), natural, 0,
    ),
    "sriov_totalvfs": (
        _gauge("sriov_totalvfs", "Total number of Virtual Functions (VFs) supported by the device."), natural, 0,
    ),
    "sriov_vf_total_msix": (
        _gauge("sriov_vf_total_msix", "Total number of MSI-X vectors for Virtual Functions."), natural, 0,
    ),
}  # fmt: skip


def parse_address(text: str) -> tuple[str, ...]:
    """Return segment, bus, device and function of `0000:04:00.0`; raise ValueError."""
    match = ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError(f"expected the address of a PCI device, got {text[:80]!r}")
    segment, bus, device, function = (int(part, 16) for part in match.groups())
    return f"{segment:04x}", f"{bus:02x}", f"{device:02x}", f"{function:x}"


def find_parent(path: Path) -> tuple[str, ...]:
    """Return the address of the bridge that a device is behind, asterisks for one on a root bus; raise OSError."""
    target = path.readlink() if path.is_symlink() else path
    try:
        return parse_address(target.parent.name)
    except ValueError:
        return NOTHING


class PcideviceOptions(Options, frozen=True, kw_only=True):
    """Whether devices have names."""

    idsfile: Annotated[str, msgspec.Meta(description="The pci.ids to take names from.")] = ""
    names: Annotated[bool, msgspec.Meta(description="Add the names of devices, from pci.ids.")] = False


class Pcidevice(Collector):
    """Exposes what each device is and how it is linked."""

    enabled_by_default = False
    options_type = PcideviceOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._devices = Devices(roots.sys / "bus" / "pci" / "devices")
        self._named: frozenset[PciIds] = frozenset()
        self._names = PciNames((), ())

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError on a machine without PCI."""
        devices = self._devices.find()
        if not devices:
            raise NotApplicableError("/sys/bus/pci/devices has no device")
        identities: dict[str, tuple[PciIds, str]] = {}
        for device in devices:
            with item(device.path):
                identities[device.name] = read_identity(device)
        if self.options.names:
            self._find_names(frozenset(ids for ids, _ in identities.values()))
        for device in devices:
            with item(device.path):
                place = parse_address(device.name)
                if device.name in identities:
                    yield self._describe(device, place, *identities[device.name])
                yield from read_gauges(device, place)

    def _describe(self, device: Device, place: tuple[str, ...], ids: PciIds, revision: str) -> Sample:
        numbers = (f"0x{ids.class_code}", *(f"0x{number}" for number in ids[:4]), revision)
        labels = (*place, *find_parent(device.path), *numbers)
        if self.options.names:
            return Sample(NAMED_INFO, 1, (*labels, *self._names_of(ids)))
        return Sample(INFO, 1, labels)

    def _names_of(self, ids: PciIds) -> tuple[str, ...]:
        """Return the labels of `NAMES`: the number stands for what the list does not know."""
        names = self._names
        return (
            names.name(ids.vendor, otherwise=ids.vendor),
            names.name(ids.vendor, ids.device, otherwise=ids.device),
            names.name(ids.subsystem_vendor, otherwise=ids.subsystem_vendor),
            names.name(*ids[:4], otherwise=ids.subsystem_device),
            names.class_name(ids.class_code),
        )

    def _find_names(self, wanted: frozenset[PciIds]) -> None:
        """Read the list when there is a device whose name was not looked for yet."""
        if wanted <= self._named:
            return
        path = open_list(self.roots.root, self.options.idsfile)
        try:
            if path is None:
                raise FileNotFoundError("no pci.ids in /usr/share/misc or /usr/share/hwdata")
            with path.open(encoding="utf-8", errors="replace") as lines:
                self._names = PciNames(lines, wanted)
        except OSError as error:
            log.warning("no names of PCI devices", file=str(path or ""), error=str(error))
        self._named = wanted


def read_identity(device: Device) -> tuple[PciIds, str]:
    """Return what a device is, and its revision; raise ValueError for what is no hexadecimal number."""
    numbers = {name: f"{hexadecimal(device.fixed(name)):0{digits}x}" for name, digits in IDENTITY.items()}
    vendor, product, subsystem = numbers["vendor"], numbers["device"], numbers["subsystem_device"]
    ids = PciIds(vendor, product, numbers["subsystem_vendor"], subsystem, numbers["class"])
    return ids, f"0x{numbers['revision']}"


def read_gauges(device: Device, place: tuple[str, ...]) -> Iterator[Sample]:
    """Yield the numbers of a device; what is missing has the value that means so."""
    for name, (family, parse, default) in FILES.items():
        with item(device.path / name):
            text = read_attribute(device.path / name)
            yield Sample(family, parse(text) if text else default, place)
    with item(device.path / "power_state"):
        state = read_attribute(device.path / "power_state")
        for possible in POWER_STATES if state else ():
            yield Sample(POWER_STATE, int(possible == state), (*place, possible))
    with item(device.path / "numa_node"):
        node = whole(read_attribute(device.path / "numa_node") or "-1")
        if node != -1:
            yield Sample(NUMA_NODE, node, place)


def read_attribute(path: Path) -> str:
    """Return the text of a file, "" when a device lacks it or says that it does not know; raise OSError."""
    try:
        text = read_text(path)
    except FileNotFoundError:
        return ""
    return "" if text.startswith("Unknown") else text
