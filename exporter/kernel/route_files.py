"""Routes as /proc/net/route and /proc/net/ipv6_route tell them, where rtnetlink is forbidden.

The formats: fib_route_seq_show in net/ipv4/fib_trie.c, rt6_info_route in net/ipv6/ip6_fib.c. Neither tells protocol,
source, or a route of another table than `main`.
"""

import socket
from collections.abc import Iterator
from typing import NamedTuple

from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.names import label
from exporter.parsing.numbers import hexadecimal, natural

# include/uapi/linux/route.h, ipv6_route.h
RTF_UP, RTF_REJECT, RTF_LOCAL, RTF_ANYCAST = 0x1, 0x200, 0x80000000, 0x100000
V4_COLUMNS, V6_COLUMNS = 11, 10


class FileRoute(NamedTuple):
    """A route to a destination, `default` for all; the gateway is "" where the destination is reached directly."""

    device: str
    destination: str
    gateway: str
    priority: str


def parse_v4(text: bytes) -> Iterator[FileRoute]:
    """Yield the unicast routes of /proc/net/route; a line that is none is skipped."""
    for number, line in enumerate(split_lines(text)[1:], 2):
        with item(f"/proc/net/route, line {number}"):
            words = split_words(line)
            if len(words) != V4_COLUMNS:
                raise ValueError(f"expected {V4_COLUMNS} columns, got {line[:80]!r}")
            flags, mask = hexadecimal(words[3]), hexadecimal(words[7])
            if flags & RTF_UP and not flags & RTF_REJECT:
                length = mask.bit_count()
                destination = f"{_v4(words[1])}/{length}" if length else "default"
                gateway = _v4(words[2]) if hexadecimal(words[2]) else ""
                yield FileRoute(label(words[0]), destination, gateway, str(natural(words[6])))


def parse_v6(text: bytes) -> Iterator[FileRoute]:
    """Yield the unicast routes of /proc/net/ipv6_route; a line that is none is skipped."""
    for number, line in enumerate(split_lines(text), 1):
        with item(f"/proc/net/ipv6_route, line {number}"):
            words = split_words(line)
            if len(words) != V6_COLUMNS:
                raise ValueError(f"expected {V6_COLUMNS} columns, got {line[:80]!r}")
            flags, length = hexadecimal(words[8]), hexadecimal(words[1])
            packed, gateway = bytes.fromhex(words[0].decode("ascii")), bytes.fromhex(words[4].decode("ascii"))
            is_multicast = packed[0] == 0xFF
            if flags & RTF_UP and not flags & (RTF_REJECT | RTF_LOCAL | RTF_ANYCAST) and not is_multicast:
                destination = f"{socket.inet_ntop(socket.AF_INET6, packed)}/{length}" if length else "default"
                via = socket.inet_ntop(socket.AF_INET6, gateway) if any(gateway) else ""
                yield FileRoute(label(words[9]), destination, via, str(hexadecimal(words[5])))


def _v4(digits: bytes) -> str:
    """Return an address that the kernel prints as the number it is in this machine's memory."""
    return socket.inet_ntop(socket.AF_INET, hexadecimal(digits).to_bytes(4, "little"))
