"""Radio devices as the kernel describes them by nl80211, a family of generic netlink (include/uapi/linux/nl80211.h)."""

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from exporter.kernel.netlink import ATTRIBUTE, attributes

NETLINK_GENERIC = 16
# include/uapi/linux/genetlink.h; struct genlmsghdr: command, version, two bytes that are reserved.
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2
GENERIC_HEADER = struct.Struct("=BBxx")
VERSION = 1
GET_INTERFACE, GET_STATION, GET_SCAN = 5, 17, 32
ATTR_IFINDEX, ATTR_IFNAME, ATTR_MAC, ATTR_STA_INFO, ATTR_WIPHY_FREQ, ATTR_BSS = 3, 4, 6, 21, 38, 47
BSS_BSSID, BSS_INFORMATION_ELEMENTS, BSS_STATUS = 1, 6, 9
STA_INACTIVE_TIME, STA_RX_BYTES, STA_TX_BYTES, STA_SIGNAL, STA_TX_BITRATE = 1, 2, 3, 7, 8
STA_RX_PACKETS, STA_TX_PACKETS, STA_TX_RETRIES, STA_TX_FAILED, STA_RX_BITRATE = 9, 10, 11, 12, 14
STA_CONNECTED_TIME, STA_BEACON_LOSS, STA_RX_BYTES64, STA_TX_BYTES64 = 16, 18, 23, 24
RATE_BITRATE, RATE_BITRATE32 = 1, 5
SSID_ELEMENT = 0  # IEEE 802.11, table of element identifiers
WIDEST_NUMBER = 8

Dump = Callable[[int, int, bytes], Iterable[bytes]]


class Radio(NamedTuple):
    """A network device of a radio: its interface index and name, and the frequency in MHz when it has one."""

    number: int
    name: str
    frequency_mhz: int | None


class Cell(NamedTuple):
    """What a device has joined: its address, its name, and NL80211_BSS_STATUS_*."""

    bssid: str
    ssid: str
    status: int


class Station(NamedTuple):
    """Who a device hears: the address, and each number that the driver tells, by STA_*."""

    address: str
    numbers: Mapping[int, int]


def find_family(dump: Dump, name: str) -> int | None:
    """Return the number of a family of generic netlink, None when no module offers it; raise OSError."""
    request = GENERIC_HEADER.pack(CTRL_CMD_GETFAMILY, VERSION)
    for message in dump(NETLINK_GENERIC, GENL_ID_CTRL, request):
        found = attributes(message, GENERIC_HEADER.size)
        if found.get(CTRL_ATTR_FAMILY_NAME, b"").rstrip(b"\0") == name.encode():
            return int.from_bytes(found[CTRL_ATTR_FAMILY_ID], "little")
    return None


def list_radios(dump: Dump, family: int) -> list[Radio]:
    """Return the devices; raise OSError, and ValueError for a malformed answer."""
    radios = []
    for message in _ask(dump, family, GET_INTERFACE, b""):
        name = message.get(ATTR_IFNAME, b"").rstrip(b"\0").decode("utf-8", "replace")
        frequency = message.get(ATTR_WIPHY_FREQ)
        radios.append(Radio(
            _integer(message.get(ATTR_IFINDEX, b"")), name, None if frequency is None else _integer(frequency)
        ))  # fmt: skip
    return radios


def find_cell(dump: Dump, family: int, radio: Radio) -> Cell | None:
    """Return what the device has joined, None when nothing; raise as `list_radios` does.

    A scan knows its neighbours too: only what the device itself has to do with has a status.
    """
    for message in _ask(dump, family, GET_SCAN, _of(radio)):
        found = attributes(message.get(ATTR_BSS, b""), 0)
        if BSS_STATUS in found:
            ssid = find_ssid(found.get(BSS_INFORMATION_ELEMENTS, b""))
            bssid = found.get(BSS_BSSID, b"").hex(":")
            return Cell(bssid, ssid.decode("utf-8", "replace"), _integer(found[BSS_STATUS]))
    return None


def list_stations(dump: Dump, family: int, radio: Radio) -> list[Station]:
    """Return whom the device hears; raise as `list_radios` does."""
    stations = []
    for message in _ask(dump, family, GET_STATION, _of(radio)):
        if ATTR_STA_INFO in message:
            address = message.get(ATTR_MAC, b"").hex(":")
            stations.append(Station(address, _read_numbers(attributes(message[ATTR_STA_INFO], 0))))
    return stations


def find_ssid(elements: bytes) -> bytes:
    """Return the network's name in a beacon's elements, b"" when it hides it; raise ValueError when one is cut off."""
    offset = 0
    while offset + 2 <= len(elements):
        kind, length = elements[offset : offset + 2]
        content = elements[offset + 2 : offset + 2 + length]
        if len(content) < length:
            raise ValueError(f"nl80211: element {kind} ends after {len(content)} of {length} bytes")
        if kind == SSID_ELEMENT:
            return content
        offset += 2 + length
    return b""


def _read_numbers(found: Mapping[int, bytes]) -> dict[int, int]:
    numbers = {kind: _integer(content) for kind, content in found.items() if len(content) <= WIDEST_NUMBER}
    if STA_SIGNAL in found:
        numbers[STA_SIGNAL] = int.from_bytes(found[STA_SIGNAL][:1], "little", signed=True)
    for wide, narrow in ((STA_RX_BYTES64, STA_RX_BYTES), (STA_TX_BYTES64, STA_TX_BYTES)):
        if wide in numbers:
            numbers[narrow] = numbers[wide]
    for kind in (STA_RX_BITRATE, STA_TX_BITRATE):
        if kind in found:
            rate = attributes(found[kind], 0)
            numbers.pop(kind, None)
            if content := rate.get(RATE_BITRATE32) or rate.get(RATE_BITRATE):
                numbers[kind] = _integer(content)
    return numbers


def _ask(dump: Dump, family: int, command: int, payload: bytes) -> Iterable[dict[int, bytes]]:
    for message in dump(NETLINK_GENERIC, family, GENERIC_HEADER.pack(command, VERSION) + payload):
        yield attributes(message, GENERIC_HEADER.size)


def _of(radio: Radio) -> bytes:
    return ATTRIBUTE.pack(8, ATTR_IFINDEX) + struct.pack("=I", radio.number)


def _integer(content: bytes) -> int:
    return int.from_bytes(content, "little")
