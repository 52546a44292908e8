"""Answers of nl80211, as the kernel's generic netlink would give them."""

import errno
import struct

from exporter.kernel import nl80211

FAMILY = 35
HEADER = bytes((0, 1, 0, 0))
NEIGHBOUR = bytes.fromhex("0a00deadbeef")


def attribute(kind, payload):
    """Return a netlink attribute, padded to four bytes."""
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def number(value, size=4):
    return value.to_bytes(size, "little", signed=value < 0)


def radio(index, name, frequency_mhz):
    """Return the answer to NL80211_CMD_GET_INTERFACE for one device."""
    attributes = attribute(nl80211.ATTR_IFINDEX, number(index)) + attribute(nl80211.ATTR_IFNAME, name + b"\0")
    if frequency_mhz is not None:
        attributes += attribute(nl80211.ATTR_WIPHY_FREQ, number(frequency_mhz))
    return HEADER + attributes


def cell(bssid, ssid, status):
    """Return the answer to NL80211_CMD_GET_SCAN for one cell; a neighbour's has no status."""
    elements = b"\1\2\x82\x84" + bytes((0, len(ssid))) + ssid
    content = attribute(nl80211.BSS_BSSID, bssid) + attribute(nl80211.BSS_INFORMATION_ELEMENTS, elements)
    if status is not None:
        content += attribute(nl80211.BSS_STATUS, number(status))
    return HEADER + attribute(nl80211.ATTR_BSS, content)


def station(address, numbers):
    """Return the answer to NL80211_CMD_GET_STATION; `numbers` are those of `wifi.NUMBERS`, in their units."""
    content = b""
    for kind, value in numbers.items():
        if kind in {nl80211.STA_RX_BITRATE, nl80211.STA_TX_BITRATE}:
            content += attribute(kind, attribute(nl80211.RATE_BITRATE32, number(value)))
        else:
            content += attribute(kind, number(value, 1 if kind == nl80211.STA_SIGNAL else 4))
    return HEADER + attribute(nl80211.ATTR_MAC, address) + attribute(nl80211.ATTR_STA_INFO, content)


def family(number_of_family, name):
    """Return the answer to CTRL_CMD_GETFAMILY for one family."""
    identity = attribute(nl80211.CTRL_ATTR_FAMILY_ID, number(number_of_family, 2))
    return HEADER + identity + attribute(nl80211.CTRL_ATTR_FAMILY_NAME, name + b"\0")


def dump_of(radios, cells, stations):
    """Return a dump that answers with these messages; cells and stations by the index of their device."""

    def dump(_, kind, request):
        if kind == nl80211.GENL_ID_CTRL:
            return [family(16, b"nlctrl"), family(FAMILY, b"nl80211")]
        assert kind == FAMILY
        if request[0] == nl80211.GET_INTERFACE:
            return radios
        index = struct.unpack_from("=I", request, 8)[0]
        answers = (cells if request[0] == nl80211.GET_SCAN else stations).get(index)
        if answers is None:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return answers

    return dump


NUMBERS = {
    nl80211.STA_CONNECTED_TIME: 5021, nl80211.STA_INACTIVE_TIME: 37, nl80211.STA_RX_BITRATE: 4803,
    nl80211.STA_TX_BITRATE: 5404, nl80211.STA_RX_BYTES: 918273, nl80211.STA_TX_BYTES: 645, nl80211.STA_SIGNAL: -61,
    nl80211.STA_TX_RETRIES: 12, nl80211.STA_TX_FAILED: 3, nl80211.STA_BEACON_LOSS: 2, nl80211.STA_TX_PACKETS: 88,
    nl80211.STA_RX_PACKETS: 1900,
}  # fmt: skip
POINT, PHONE = bytes.fromhex("0a0027000001"), bytes.fromhex("0a0027000005")
# A client, a hidden access point whose driver counts little, and a peer-to-peer device without a name.
fixed_radio = dump_of(
    [radio(5, b"wlan0", 5180), radio(6, b"wlan1", 2437), radio(7, b"", None)],
    {5: [cell(NEIGHBOUR, b"next door", None), cell(POINT, b'up "stairs"', 1)], 6: []},
    {5: [station(POINT, NUMBERS)], 6: [station(PHONE, {nl80211.STA_CONNECTED_TIME: 9, nl80211.STA_SIGNAL: -40})]},
)
