"""node_network_info, node_network_up, node_network_mtu_bytes and the like: what network devices are."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.base.shared import LinkList
from exporter.exposition.text import Family, Memo, Sample
from exporter.kernel import links as netlink
from exporter.kernel.files import list_folder, read_text_or
from exporter.kernel.links import Link
from exporter.kernel.name_filter import Filter

UP = Family("node_network_up", "gauge", "Value is 1 if operstate is 'up', 0 otherwise.", ("device",))
INFO = Family(
    "node_network_info",
    "gauge",
    "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
    ("address", "adminstate", "broadcast", "device", "duplex", "ifalias", "operstate"),
)
# Documentation/ABI/testing/sysfs-class-net: the file of each family, whose numbers may be hexadecimal.
FILES = {
    "address_assign_type": "addr_assign_type",
    "carrier": "carrier",
    "carrier_changes_total": "carrier_changes",
    "carrier_down_changes_total": "carrier_down_count",
    "carrier_up_changes_total": "carrier_up_count",
    "device_id": "dev_id",
    "dormant": "dormant",
    "flags": "flags",
    "iface_id": "ifindex",
    "iface_link": "iflink",
    "iface_link_mode": "link_mode",
    "mtu_bytes": "mtu",
    "name_assign_type": "name_assign_type",
    "net_dev_group": "netdev_group",
    "protocol_type": "type",
    "speed_bytes": "speed",
    "transmit_queue_length": "tx_queue_len",
}
FAMILIES = {
    name: Family(
        f"node_network_{name}",
        "counter" if name.endswith("_total") else "gauge",
        f"Network device property: {name}",
        ("device",),
    )
    for name in FILES
}
# What rtnetlink does not tell; the last two of them ask the driver, which can take milliseconds.
ONLY_IN_SYSFS = ("address_assign_type", "device_id", "name_assign_type", "speed_bytes")
SYSFS_SECONDS = 30.0
BYTES_PER_MEGABIT = 125_000
# include/uapi/linux/if.h
IFF_UP, IFF_RUNNING, IFF_PROMISC, IFF_ALLMULTI, IFF_LOWER_UP, IFF_DORMANT = 0x1, 0x40, 0x100, 0x200, 0x10000, 0x20000
# Documentation/networking/operstates.rst, in the order of their numbers.
OPERSTATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")


class Device(NamedTuple):
    """What one device is: its numbers by family, and the labels of its info."""

    name: str
    numbers: Mapping[str, int]
    address: str
    broadcast: str
    duplex: str
    ifalias: str
    operstate: str


def describe(devices: Iterable[Device]) -> Iterable[Sample]:
    """Yield the samples of the devices; a property that one lacks is left out."""
    for device in devices:
        adminstate = (
            "unknown" if "flags" not in device.numbers else "up" if device.numbers["flags"] & IFF_UP else "down"
        )
        labels = (
            device.address,
            adminstate,
            device.broadcast,
            device.name,
            device.duplex,
            device.ifalias,
            device.operstate,
        )
        yield Sample(UP, int(device.operstate == "up"), (device.name,))
        yield Sample(INFO, 1, labels)
        for name, family in FAMILIES.items():
            if name in device.numbers:
                factor = BYTES_PER_MEGABIT if name == "speed_bytes" else 1
                yield Sample(family, device.numbers[name] * factor, (device.name,))


def read_numbers(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Return those of the properties that a device's folder in /sys/class/net has.

    Drivers answer EINVAL for what makes no sense, such as the speed of a device that is down.
    """
    texts = {name: read_text_or(folder / FILES[name]) for name in names}
    return {name: int(text, 0) for name, text in texts.items() if text}


def read_sysfs(folder: Path) -> Device:
    """Return a device from its folder in /sys/class/net alone."""
    strings = [read_text_or(folder / name) for name in ("address", "broadcast", "duplex", "ifalias", "operstate")]
    return Device(folder.name, read_numbers(folder, FILES), *strings)


def from_link(link: Link, sysfs: Mapping[str, int], duplex: str) -> Device:
    """Return a device from rtnetlink and from the properties that only /sys has.

    The flags are those of /sys, `dev->flags`: rtnetlink adds the state and leaves out what others than the user set
    (dev_get_flags in net/core/dev.c). Carrier and dormancy are told only of devices that are up.
    """
    attributes = {kind: int.from_bytes(value, "little") for kind, value in link.attributes.items()}
    flags = link.flags & ~(IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT)
    flags |= IFF_PROMISC if attributes.get(netlink.IFLA_PROMISCUITY) else 0
    flags |= IFF_ALLMULTI if attributes.get(netlink.IFLA_ALLMULTI) else 0
    numbers = {
        "carrier": attributes.get(netlink.IFLA_CARRIER) if flags & IFF_UP else None,
        "carrier_changes_total": attributes.get(netlink.IFLA_CARRIER_CHANGES),
        "carrier_down_changes_total": attributes.get(netlink.IFLA_CARRIER_DOWN_COUNT),
        "carrier_up_changes_total": attributes.get(netlink.IFLA_CARRIER_UP_COUNT),
        "dormant": int(bool(link.flags & IFF_DORMANT)) if flags & IFF_UP else None,
        "flags": flags,
        "iface_id": link.number,
        "iface_link": attributes.get(netlink.IFLA_LINK, link.number),
        "iface_link_mode": attributes.get(netlink.IFLA_LINKMODE),
        "mtu_bytes": attributes.get(netlink.IFLA_MTU),
        "net_dev_group": attributes.get(netlink.IFLA_GROUP),
        "protocol_type": link.type,
        "transmit_queue_length": attributes.get(netlink.IFLA_TXQLEN),
        **sysfs,
    }
    state = attributes.get(netlink.IFLA_OPERSTATE, 0)
    return Device(
        name=link.name,
        numbers={name: number for name, number in numbers.items() if number is not None},
        address=link.attributes.get(netlink.IFLA_ADDRESS, b"").hex(":"),
        broadcast=link.attributes.get(netlink.IFLA_BROADCAST, b"").hex(":"),
        duplex=duplex,
        ifalias=link.attributes.get(netlink.IFLA_IFALIAS, b"").rstrip(b"\0").decode("utf-8", "replace"),
        operstate=OPERSTATES[state] if state < len(OPERSTATES) else "unknown",
    )


class NetclassOptions(Options, frozen=True, kw_only=True):
    """Which devices are exposed, and from where."""

    ignored_devices: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = "^$"
    ignore_invalid_speed: Annotated[bool, msgspec.Meta(description="Leave out a speed of -1 (unknown).")] = False
    netlink: Annotated[bool, msgspec.Meta(description="Ask rtnetlink rather than /sys alone.")] = True


class Netclass(Collector):
    """Exposes the properties of each device that the filter leaves."""

    options_type = NetclassOptions

    def __init__(self, roots: Roots, links: LinkList, options: object = None) -> None:
        super().__init__(roots, options)
        self._links = links
        self._filter = Filter(self.options.ignored_devices)
        self._folder = roots.sys / "class" / "net"
        self._uses_netlink = self.options.netlink and roots.is_live
        self._memo = Memo()
        self._slow: dict[str, tuple[object, float, dict[str, int], str]] = {}

    def page(self) -> bytes:
        """Return the properties; raise NotApplicableError without any network device."""
        if not self._uses_netlink:
            names = [name for name in list_folder(self._folder) if (self._folder / name).is_dir()]
            devices = [read_sysfs(self._folder / name) for name in names if self._filter.accepts(name)]
            if not devices:
                raise NotApplicableError("/sys/class/net has no device")
            return self._memo.get(devices, lambda: describe(devices))
        links = [link for link in self._links.read() if self._filter.accepts(link.name)]
        self._slow = {link.name: self._from_sysfs(link) for link in links}
        key = [(link.name, link.number, link.flags, link.attributes, self._slow[link.name][2:]) for link in links]
        return self._memo.get(key, lambda: describe(from_link(link, *self._slow[link.name][2:]) for link in links))

    def _from_sysfs(self, link: Link) -> tuple[object, float, dict[str, int], str]:
        """Return what only /sys tells: read when the device's state changes, and else every half minute."""
        state = (link.number, link.flags, link.attributes.get(netlink.IFLA_CARRIER_CHANGES))
        last = self._slow.get(link.name)
        if last is not None and last[0] == state and monotonic() - last[1] < SYSFS_SECONDS:
            return last
        numbers = read_numbers(self._folder / link.name, ONLY_IN_SYSFS)
        if self.options.ignore_invalid_speed and numbers.get("speed_bytes", 0) < 0:
            del numbers["speed_bytes"]
        return state, monotonic(), numbers, read_text_or(self._folder / link.name / "duplex")
