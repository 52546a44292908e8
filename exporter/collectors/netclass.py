"""node_network_info, node_network_up, node_network_mtu_bytes and the like: what network devices are."""

import os
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
from exporter.kernel.sysfs import read_int
from exporter.parsing.items import Skipped, item
from exporter.parsing.names import distinct_labels, label

UP = Family("node_network_up", "gauge", "Value is 1 if operstate is 'up', 0 otherwise.", ("device",))
INFO = Family(
    "node_network_info",
    "gauge",
    "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
    ("address", "adminstate", "broadcast", "device", "duplex", "ifalias", "operstate"),
)
ALTNAMES = Family(
    "node_network_altnames_info",
    "gauge",
    "Non-numeric data of <iface> altname, value is always 1.",
    ("altname", "device"),
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
    alternative_names: tuple[str, ...] = ()


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
        yield from (Sample(ALTNAMES, 1, (name, device.name)) for name in device.alternative_names)
        for name, family in FAMILIES.items():
            if name in device.numbers:
                factor = BYTES_PER_MEGABIT if name == "speed_bytes" else 1
                yield Sample(family, device.numbers[name] * factor, (device.name,))


def read_numbers(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Return those of the properties that a device's folder in /sys/class/net has.

    Drivers answer EINVAL for what makes no sense, such as the speed of a device that is down.
    """
    numbers = {name: read_int(folder / FILES[name]) for name in names}
    return {name: number for name, number in numbers.items() if number is not None}


def read_sysfs(folder: Path) -> Device:
    """Return a device from its folder in /sys/class/net alone."""
    strings = [read_text_or(folder / name) for name in ("address", "broadcast", "duplex", "ifalias", "operstate")]
    address, broadcast, duplex, ifalias, operstate = strings
    return Device(folder.name, read_numbers(folder, FILES), address, broadcast, duplex, ifalias, operstate)


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
        alternative_names=tuple(map(label, link.alternative_names)),
    )


def without_invalid_speed(numbers: Mapping[str, int]) -> dict[str, int]:
    """Return the properties without a speed below zero, which means that it is unknown."""
    return {name: number for name, number in numbers.items() if name != "speed_bytes" or number >= 0}


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
        self._slow: dict[str, _Slow] = {}

    def page(self) -> bytes:
        """Return the properties; raise NotApplicableError without any network device."""
        links = self._list_links() if self._uses_netlink else None
        if links is None:
            return self._page_of_sysfs()
        self._slow = {link.name: self._from_sysfs(link) for link in links}
        for slow in self._slow.values():
            slow.skipped.repeat()
        key = [(link.name, link.number, link.flags, link.attributes, self._slow[link.name][2:4]) for link in links]
        return self._memo.get(key, lambda: describe(self._describe(links)))

    def _list_links(self) -> list[Link] | None:
        """Return the wanted devices, None where a unit's RestrictAddressFamilies or the like forbids netlink."""
        try:
            return [link for link in self._links.read() if self._filter.accepts(link.name)]
        except OSError:
            return None

    def _describe(self, links: Iterable[Link]) -> Iterable[Device]:
        for link in links:
            with item(f"rtnetlink, {link.name}"):
                slow = self._slow[link.name]
                yield from_link(link, slow.numbers, slow.duplex)

    def _page_of_sysfs(self) -> bytes:
        names = [name for name in list_folder(self._folder) if (self._folder / name).is_dir()]
        shown = distinct_labels(os.fsencode(name) for name in names if self._filter.accepts(name))
        devices = [read_sysfs(self._folder / os.fsdecode(raw))._replace(name=name) for raw, name in shown.items()]
        if self.options.ignore_invalid_speed:
            devices = [device._replace(numbers=without_invalid_speed(device.numbers)) for device in devices]
        if not devices:
            raise NotApplicableError("/sys/class/net has no device")
        return self._memo.get(devices, lambda: describe(devices))

    def _from_sysfs(self, link: Link) -> "_Slow":
        """Return what only /sys tells: read when the device's state changes, and else every half minute."""
        state = (link.number, link.flags, link.attributes.get(netlink.IFLA_CARRIER_CHANGES))
        last = self._slow.get(link.name)
        if last is not None and last[0] == state and monotonic() - last[1] < SYSFS_SECONDS:
            return last
        folder = self._folder / os.fsdecode(link.raw_name)
        with Skipped() as skipped:
            numbers = read_numbers(folder, ONLY_IN_SYSFS)
        if self.options.ignore_invalid_speed:
            numbers = without_invalid_speed(numbers)
        return _Slow(state, monotonic(), numbers, read_text_or(folder / "duplex"), skipped)


class _Slow(NamedTuple):
    """What only /sys tells of a device, in which state of it and when it was read, and what of it was skipped."""

    state: object
    read_at: float
    numbers: dict[str, int]
    duplex: str
    skipped: Skipped
