"""What a network device's driver tells over the ioctl SIOCETHTOOL (include/uapi/linux/ethtool.h)."""

import fcntl
import socket
import struct
from array import array
from collections.abc import Callable
from typing import NamedTuple

SIOCETHTOOL = 0x8946
ETHTOOL_GSET, ETHTOOL_GDRVINFO, ETHTOOL_GSTRINGS, ETHTOOL_GSTATS = 0x1, 0x3, 0x1B, 0x1D
ETH_SS_STATS, ETH_GSTRING_LEN = 1, 32
# struct ifreq: the name, and a pointer where the union of 24 bytes begins.
REQUEST = struct.Struct("16sP16x")
# struct ethtool_cmd up to autonegotiation; struct ethtool_drvinfo up to the number of statistics.
LINK_SETTINGS = struct.Struct("=4xIIHBBBBB25x")
DRIVER = struct.Struct("=4x32s32s32s32s32s12xII12x")
STRINGS_HEADER, STATISTICS_HEADER = struct.Struct("=III"), struct.Struct("=II")
# The kernel writes as many statistics as the device has at that moment, whatever was asked for. Queues can be added
# between two calls, so that buffers have room for more.
SPARE = 1024
Ask = Callable[[str, bytes, int], bytes]


class LinkSettings(NamedTuple):
    """What a port supports and advertises, bits of enum ethtool_link_mode_bit_indices, and whether it negotiates."""

    supported: int
    advertised: int
    autonegotiation: int


class Driver(NamedTuple):
    """Who drives a device, and how many statistics it has."""

    driver: str
    version: str
    firmware_version: str
    bus_info: str
    expansion_rom_version: str
    statistics: int


def ask(device: str, request: bytes, size: int) -> bytes:
    """Return what the kernel makes of `request` in a buffer of `size` bytes; raise OSError.

    EOPNOTSUPP is what a driver without the question answers, ENODEV a device that is gone.
    """
    buffer = array("B", request.ljust(size, b"\0"))
    address, _ = buffer.buffer_info()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        fcntl.ioctl(sock, SIOCETHTOOL, REQUEST.pack(device.encode("utf-8", "surrogateescape")[:15], address))
    return buffer.tobytes()


def link_settings(ask: Ask, device: str) -> LinkSettings:
    """Return the port's abilities; raise OSError."""
    answer = ask(device, struct.pack("=I", ETHTOOL_GSET), LINK_SETTINGS.size)
    supported, advertised, _, _, _, _, _, autonegotiation = LINK_SETTINGS.unpack(answer)
    return LinkSettings(supported, advertised, autonegotiation)


def driver(ask: Ask, device: str) -> Driver:
    """Return the device's driver; raise OSError."""
    fields = DRIVER.unpack(ask(device, struct.pack("=I", ETHTOOL_GDRVINFO), DRIVER.size))
    name, version, firmware, bus, rom = map(_text, fields[:5])
    return Driver(name, version, firmware, bus, rom, fields[6])


def statistic_names(ask: Ask, device: str, count: int) -> list[str]:
    """Return the names of the device's `count` statistics, fewer when there are fewer now; raise OSError."""
    request = STRINGS_HEADER.pack(ETHTOOL_GSTRINGS, ETH_SS_STATS, count)
    answer = ask(device, request, STRINGS_HEADER.size + (2 * count + SPARE) * ETH_GSTRING_LEN)
    _, _, actual = STRINGS_HEADER.unpack_from(answer)
    places = range(STRINGS_HEADER.size, STRINGS_HEADER.size + min(actual, count) * ETH_GSTRING_LEN, ETH_GSTRING_LEN)
    return [_text(answer[place : place + ETH_GSTRING_LEN]) for place in places]


def statistics(ask: Ask, device: str, count: int) -> tuple[int, ...]:
    """Return the values of the device's `count` statistics, fewer when there are fewer now; raise OSError."""
    request = STATISTICS_HEADER.pack(ETHTOOL_GSTATS, count)
    answer = ask(device, request, STATISTICS_HEADER.size + (2 * count + SPARE) * 8)
    _, actual = STATISTICS_HEADER.unpack_from(answer)
    return struct.unpack_from(f"={min(actual, count)}Q", answer, STATISTICS_HEADER.size)


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "replace")
