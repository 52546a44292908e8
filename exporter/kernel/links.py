"""Network devices as the kernel lists them over rtnetlink(7): one dump serves every collector of a scrape."""

import socket
import struct
from typing import NamedTuple

from exporter.kernel.netlink import ATTRIBUTE, ATTRIBUTE_KIND, NetlinkSocket, walk
from exporter.parsing.items import UNREADABLE, skip
from exporter.parsing.names import distinct_labels

# include/uapi/linux/rtnetlink.h; struct ifinfomsg: family, pad, type, index, flags, change.
RTM_GETLINK = 18
LINK_HEADER = struct.Struct("=BxHiII")
# include/uapi/linux/if_link.h: the attributes that some collector shows.
IFLA_ADDRESS, IFLA_BROADCAST, IFLA_IFNAME, IFLA_MTU, IFLA_LINK = 1, 2, 3, 4, 5
IFLA_TXQLEN, IFLA_OPERSTATE, IFLA_LINKMODE, IFLA_IFALIAS, IFLA_STATS64 = 13, 16, 17, 20, 23
IFLA_GROUP, IFLA_PROMISCUITY, IFLA_CARRIER, IFLA_CARRIER_CHANGES = 27, 30, 33, 35
IFLA_CARRIER_UP_COUNT, IFLA_CARRIER_DOWN_COUNT, IFLA_ALLMULTI = 47, 48, 61
IFLA_ALT_IFNAME = 53
IFLA_PROP_LIST = 52 | 1 << 15  # a list of attributes (NLA_F_NESTED), of IFLA_ALT_IFNAME since Linux 5.5
WANTED = frozenset({
    IFLA_ADDRESS, IFLA_BROADCAST, IFLA_IFNAME, IFLA_MTU, IFLA_LINK,
    IFLA_TXQLEN, IFLA_OPERSTATE, IFLA_LINKMODE, IFLA_IFALIAS, IFLA_STATS64,
    IFLA_GROUP, IFLA_PROMISCUITY, IFLA_CARRIER, IFLA_CARRIER_CHANGES,
    IFLA_CARRIER_UP_COUNT, IFLA_CARRIER_DOWN_COUNT, IFLA_ALLMULTI,
    IFLA_PROP_LIST,
})  # fmt: skip
# struct rtnl_link_stats64 has 23 counters, 24 since Linux 4.6 (rx_nohandler), 25 since 6.1 (rx_otherhost_dropped).
STATISTICS = struct.Struct("=24Q")
REQUEST = LINK_HEADER.pack(0, 0, 0, 0, 0)


class Statistics(NamedTuple):
    """struct rtnl_link_stats64 (include/uapi/linux/if_link.h), in its order."""

    rx_packets: int
    tx_packets: int
    rx_bytes: int
    tx_bytes: int
    rx_errors: int
    tx_errors: int
    rx_dropped: int
    tx_dropped: int
    multicast: int
    collisions: int
    rx_length_errors: int
    rx_over_errors: int
    rx_crc_errors: int
    rx_frame_errors: int
    rx_fifo_errors: int
    rx_missed_errors: int
    tx_aborted_errors: int
    tx_carrier_errors: int
    tx_fifo_errors: int
    tx_heartbeat_errors: int
    tx_window_errors: int
    rx_compressed: int
    tx_compressed: int
    rx_nohandler: int


class Link(NamedTuple):
    """A network device: its name, interface index, type (ARPHRD_*), flags (IFF_*), counters, and other attributes.

    The attributes are those of `WANTED` that the kernel sent, without the counters: they hardly ever change.
    """

    name: str
    number: int
    type: int
    flags: int
    statistics: Statistics
    attributes: dict[int, bytes]

    @property
    def raw_name(self) -> bytes:
        """Return the name as the kernel knows it."""
        return self.attributes[IFLA_IFNAME].rstrip(b"\0")

    @property
    def alternative_names(self) -> list[bytes]:
        """Return the device's other names; raise ValueError for an impossible length."""
        properties = self.attributes.get(IFLA_PROP_LIST, b"")
        return [
            properties[start + ATTRIBUTE.size : start + length].rstrip(b"\0")
            for start, length, kind in walk(properties, 0)
            if kind & ATTRIBUTE_KIND == IFLA_ALT_IFNAME
        ]


class Layout:
    """Where the wanted attributes lie in a device's message.

    It stands still from dump to dump, and walking some forty attributes costs five times as much as taking the wanted
    ones from their places; so the places are kept, and each attribute's header is checked at every use.
    """

    def __init__(self, message: bytes) -> None:
        """Walk through the attributes of `message`; raise ValueError when a length is impossible."""
        offset = LINK_HEADER.size
        parts = [f"={offset}x"]
        headers: list[tuple[int, int]] = []
        for start, length, kind in walk(message, offset):
            if kind in WANTED:
                parts.append(f"{start - offset}xHH{length - ATTRIBUTE.size}s")
                headers.append((length, kind))
                offset = start + length
        self._struct = struct.Struct("".join(parts))
        self._lengths = tuple(length for length, _ in headers)
        self._kinds = tuple(kind for _, kind in headers)

    def take(self, message: bytes) -> dict[int, bytes] | None:
        """Return the wanted attributes, None when this message is laid out otherwise."""
        if len(message) < self._struct.size:
            return None
        values = self._struct.unpack_from(message)
        if values[0::3] != self._lengths or values[1::3] != self._kinds:
            return None
        return dict(zip(self._kinds, values[2::3], strict=True))


class Links:
    """A netlink socket kept open between scrapes, and where each device's attributes lay at the last."""

    def __init__(self) -> None:
        self._socket = NetlinkSocket(socket.NETLINK_ROUTE)
        self._layouts: dict[int, Layout] = {}

    def dump(self) -> list[Link]:
        """Return all devices of this network namespace; raise OSError, and ValueError for a malformed answer."""
        messages = self._socket.dump(RTM_GETLINK, REQUEST)
        links: list[Link] = []
        for message in messages:
            try:
                link = self._parse(message)
            except UNREADABLE as error:
                skip("rtnetlink, a device", error)
            else:
                links += [link] if link is not None else []
        self._layouts = {link.number: self._layouts[link.number] for link in links}
        if len({link.name for link in links}) < len(links):  # names that are not UTF-8 may look alike
            labels = distinct_labels(link.raw_name for link in links)
            links = [link._replace(name=labels[link.raw_name]) for link in links]
        return links

    def close(self) -> None:
        """Close the socket; the next dump opens another."""
        self._socket.close()

    def _parse(self, message: bytes) -> Link | None:
        """Return the device of an RTM_NEWLINK message, None when it has no name or counters; raise ValueError."""
        _, kind, index, flags, _ = LINK_HEADER.unpack_from(message)
        layout = self._layouts.get(index)
        attributes = layout.take(message) if layout is not None else None
        if attributes is None:
            layout = self._layouts[index] = Layout(message)
            attributes = layout.take(message) or {}
        if IFLA_IFNAME not in attributes or IFLA_STATS64 not in attributes:
            return None
        name = attributes[IFLA_IFNAME].rstrip(b"\0").decode("utf-8", "replace")
        counters = attributes.pop(IFLA_STATS64)
        if len(counters) < STATISTICS.size:  # what an older kernel does not count is 0
            counters = counters.ljust(STATISTICS.size, b"\0")
        statistics = Statistics._make(STATISTICS.unpack_from(counters))
        return Link(name, index, kind, flags, statistics, attributes)
