"""IP addresses of network devices, as rtnetlink(7) lists them."""

import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from exporter.kernel.netlink import attributes

# include/uapi/linux/rtnetlink.h, if_addr.h; struct ifaddrmsg: family, prefix length, flags, scope, interface index.
RTM_GETADDR = 22
HEADER = struct.Struct("=BBBBI")
IFA_ADDRESS, IFA_LOCAL = 1, 2
Dump = Callable[[int, int, bytes], Iterable[bytes]]


class Address(NamedTuple):
    """An address, the length of its prefix, its scope as node_exporter names it, and its device's interface index."""

    device_number: int
    address: str
    netmask: str
    scope: str


def read_addresses(dump: Dump) -> Iterator[Address]:
    """Yield the IPv4 and IPv6 addresses of all devices; raise OSError, and ValueError for a malformed answer."""
    for message in dump(socket.NETLINK_ROUTE, RTM_GETADDR, HEADER.pack(socket.AF_UNSPEC, 0, 0, 0, 0)):
        family, length, _, _, number = HEADER.unpack_from(message)
        values = attributes(message, HEADER.size)
        # On a point-to-point device IFA_ADDRESS is the other end's.
        packed = values.get(IFA_LOCAL) or values.get(IFA_ADDRESS)
        if packed and family in {socket.AF_INET, socket.AF_INET6}:
            yield Address(number, socket.inet_ntop(family, packed), str(length), scope_of(packed))


def scope_of(packed: bytes) -> str:
    """Return the scope of an address of 4 or 16 bytes, "" for one that is none of a host's."""
    if len(packed) == 4:
        is_near = packed[0] == 127 or packed[:2] == b"\xa9\xfe" or packed[:3] == b"\xe0\0\0"
        is_none = packed in {b"\0\0\0\0", b"\xff\xff\xff\xff"} or packed[0] & 0xF0 == 0xE0
    else:
        multicast_scope = packed[1] & 0x0F if packed[0] == 0xFF else None
        if multicast_scope == 1:
            return "interface-local"
        is_near = packed == b"\0" * 15 + b"\1" or (packed[0] == 0xFE and packed[1] & 0xC0 == 0x80)
        is_near = is_near or multicast_scope == 2
        is_none = packed == b"\0" * 16 or multicast_scope is not None
    return "link-local" if is_near else "" if is_none else "global"
