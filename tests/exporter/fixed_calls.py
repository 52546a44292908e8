"""What the system calls answer on the host of the fixture tree."""

import errno
import os
import socket
import struct

from exporter.collectors.timex import TIMEX, Timex


def fixed_uname():
    return os.uname_result(("Linux", "web-1", "6.1.0-18-amd64", "#1 SMP PREEMPT_DYNAMIC Debian", "x86_64"))


def fixed_statvfs(path):
    if path.endswith("/srv/broken"):
        raise PermissionError(13, "Permission denied")
    # f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_favail, f_flag, f_namemax
    return os.statvfs_result((4096, 4096, 1000, 400, 300, 65536, 60000, 60000, 0, 255))


def fixed_adjtimex():
    fields = dict.fromkeys(Timex._fields, 0) | {
        "offset": 1500, "freq": 65536, "maxerror": 16_000, "esterror": 2_000_000, "status": 0x2001, "constant": 7,
        "tick": 10_000, "ppsfreq": -131072, "jitter": 9, "shift": 4, "stabil": 196608,
        "jitcnt": 11, "calcnt": 12, "errcnt": 13, "stbcnt": 14, "tai": 37,
    }  # fmt: skip
    return 0, TIMEX.pack(*Timex(**fields))


def fixed_interface_name(number):
    if number not in {2, 3}:
        raise OSError(errno.ENXIO, "No such device or address")
    return {2: "eth0", 3: "dummy0"}[number]


def attribute(kind, payload):
    """Return a netlink attribute, padded to four bytes."""
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def qdisc(interface, parent, kind, sent, queue):
    """Return the payload of RTM_NEWQDISC: bytes and packets sent; length, backlog, drops, requeues, overlimits."""
    statistics = attribute(1, struct.pack("=QI4x", *sent)) + attribute(3, struct.pack("=IIIII", *queue))
    return struct.pack("=B3xiIII", 0, interface, 0, parent, 0) + attribute(1, kind) + attribute(7, statistics)


def route(family, length, protocol, kind, attributes):
    """Return the payload of RTM_NEWROUTE with these attributes by kind."""
    header = struct.pack("=BBBBBBBBI", family, length, 0, 0, 254, protocol, 0, kind, 0)
    return header + b"".join(attribute(kind, payload) for kind, payload in attributes.items())


def next_hop(interface, hops, attributes=b""):
    return struct.pack("=HBBi", 8 + len(attributes), 0, hops, interface) + attributes


def fixed_dump(protocol, kind, _):
    assert protocol == socket.NETLINK_ROUTE
    index = struct.Struct("=I").pack
    address = socket.inet_aton
    hops = next_hop(2, 2, attribute(5, address("10.0.2.3"))) + next_hop(3, 0)
    return {
        38: [
            qdisc(1, 0xFFFFFFFF, b"noqueue\0", (0, 0), (0, 0, 0, 0, 0)),
            qdisc(2, 0, b"mq\0", (70121, 312), (4, 1514, 7, 3, 11)),
            qdisc(2, 0x80010001, b"fq_codel\0", (9, 9), (9, 9, 9, 9, 9)),
            qdisc(3, 0xFFFFFFFF, b"fq\0", (83, 5), (0, 0, 2, 1, 0)),
        ],
        26: [
            route(2, 0, 16, 1, {4: index(2), 5: address("10.0.2.2"), 6: index(100), 7: address("10.0.2.15")}),
            route(2, 24, 2, 1, {1: address("10.0.2.0"), 4: index(2), 7: address("10.0.2.15")}),
            route(2, 16, 186, 1, {1: address("10.20.0.0"), 9: hops}),
            route(10, 64, 77, 1, {1: socket.inet_pton(10, "fd00:9::"), 4: index(3), 6: index(256)}),
            route(2, 32, 2, 2, {1: address("10.0.2.15"), 4: index(2)}),
        ],
    }[kind]


STATISTICS = {
    b"rx_packets": 1201, b"tx_bytes": 66004, b"rx_dropped": 5, b"tx_queue_0_Restarts": 6, b"port.rx-crc": 2,
    b"port rx_crc": 3, b"[7]: tx_ucast": 1 << 63,
}  # fmt: skip


def fixed_ethtool(device, request, size):
    command = struct.unpack_from("=I", request)[0]
    if command == 0x3 and device in {"eth0", "dummy0"}:
        texts = (b"e1000e", b"6.1.0", b"0.5-4", b"0000:00:1f.6", b"") if device == "eth0" else (b"dummy", b"1.0")
        count = len(STATISTICS) if device == "eth0" else 0
        return struct.pack("=I32s32s32s32s32s12xIIIII", command, *texts, *[b""] * (5 - len(texts)), 0, count, 0, 0, 0)
    if (
        command == 0x1 and device == "eth0"
    ):  # 10 to 1000 Mbit/s, negotiation, TP and MII, pause; 100 half is not offered
        return struct.pack("=IIIHBBBBB25x", command, 0b10001011101111, 0b00001011101011, 1000, 1, 0, 1, 0, 1)
    if command == 0x1B and device == "eth0":
        return (request + b"".join(name.ljust(32, b"\0") for name in STATISTICS)).ljust(size, b"\0")
    if command == 0x1D and device == "eth0":
        return (request + struct.pack(f"={len(STATISTICS)}Q", *STATISTICS.values())).ljust(size, b"\0")
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")


def fixed_exchange(_server, _port, _hops, request, _timeout_seconds):
    def at(seconds):
        return int((1700000000 + 2208988800 + seconds) * 2**32)

    cookie = struct.unpack_from(">Q", request, 40)[0]
    times = (at(-128.5), cookie, at(0.25), at(0.2505))
    return struct.pack(">BBbbIIIQQQQ", 4 << 3 | 4, 2, 6, -23, 1311, 2622, 0, *times)
