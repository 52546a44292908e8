"""node_network_route*: the routing tables, from rtnetlink(7)."""

import socket
import struct
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from exporter.base.calls import Netlink
from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.netlink import attributes

RTM_GETROUTE = 26
# struct rtmsg (include/uapi/linux/rtnetlink.h): family, lengths of destination and source, TOS, table, protocol,
# scope, type, flags; struct rtnexthop: length, flags, hops, interface.
HEADER = struct.Struct("=BBBBBBBBI")
NEXT_HOP = struct.Struct("=HBBi")
RTN_UNICAST = 1
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_MULTIPATH = 1, 4, 5, 6, 7, 9
PROTOCOLS = {
    0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt", 11: "zebra",
    12: "bird", 13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 17: "mrouted", 42: "babel", 186: "bgp",
    187: "isis", 188: "ospf", 189: "rip", 192: "eigrp",
}  # fmt: skip
INFO = Family(
    "node_network_route_info",
    "gauge",
    "network routing table information",
    ("device", "src", "dest", "gw", "priority", "proto", "weight"),
)
ROUTES = Family("node_network_routes", "gauge", "network routes by interface", ("device",))


class Route(NamedTuple):
    """One way to a destination; a route over several next hops is one for each. Addresses as text, "" for none."""

    interface: int
    source: str
    destination: str
    gateway: str
    priority: str
    protocol: str
    weight: str


def parse(message: bytes) -> Iterator[Route]:
    """Yield the routes of an RTM_NEWROUTE message, none when it is not about unicast; raise ValueError."""
    family, length, _, _, _, protocol, _, kind, _ = HEADER.unpack_from(message)
    if kind != RTN_UNICAST:
        return
    values = attributes(message, HEADER.size)
    route = Route(
        interface=_number(values.get(RTA_OIF)),
        source=_address(family, values.get(RTA_PREFSRC)),
        destination=f"{_address(family, values.get(RTA_DST))}/{length}" if length else "default",
        gateway=_address(family, values.get(RTA_GATEWAY)),
        priority=str(_number(values.get(RTA_PRIORITY))),
        protocol=PROTOCOLS.get(protocol, "unknown"),
        weight="",
    )
    if hops := values.get(RTA_MULTIPATH):
        yield from _next_hops(route, family, hops)
    else:
        yield route


def _next_hops(route: Route, family: int, data: bytes) -> Iterator[Route]:
    offset = 0
    while offset + NEXT_HOP.size <= len(data):
        length, _, hops, interface = NEXT_HOP.unpack_from(data, offset)
        if not NEXT_HOP.size <= length <= len(data) - offset:
            raise ValueError(f"rtnetlink: a next hop has an impossible length of {length}")
        gateway = attributes(data[offset : offset + length], NEXT_HOP.size).get(RTA_GATEWAY)
        yield route._replace(interface=interface, gateway=_address(family, gateway), weight=str(hops + 1))
        offset += (length + 3) & ~3


def _address(family: int, raw: bytes | None) -> str:
    return socket.inet_ntop(family, raw) if raw else ""


def _number(raw: bytes | None) -> int:
    return int(struct.unpack("=I", raw)[0]) if raw else 0


class NetworkRoute(Collector):
    """Exposes each unicast route, and how many lead over each device."""

    enabled_by_default = False

    def __init__(self, roots: Roots, netlink: Netlink, options: object = None) -> None:
        super().__init__(roots, options)
        self._netlink = netlink

    def collect(self) -> Iterator[Sample]:
        """Yield the gauges; raise OSError or ValueError."""
        request = HEADER.pack(0, 0, 0, 0, 0, 0, 0, 0, 0)
        infos: dict[tuple[str, ...], None] = {}  # the same route can stand in several tables
        counts: Counter[str] = Counter()
        for message in self._netlink.dump(socket.NETLINK_ROUTE, RTM_GETROUTE, request):
            for route in parse(message):
                device = self._netlink.interface_name(route.interface)
                infos[device, *route[1:]] = None
                counts[device] += 1
        yield from (Sample(INFO, 1, labels) for labels in infos)
        yield from (Sample(ROUTES, count, (device,)) for device, count in counts.items())
