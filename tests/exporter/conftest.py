"""The host of the fixture tree, with a fixed clock, name and file systems."""

import errno
import os
import socket
import struct
from pathlib import Path

import msgspec
import pytest

from exporter.base.host import Calls, Host
from exporter.collectors.timex import TIMEX, Timex
from exporter.docker.client import Client
from exporter.docker.container import Inspected, understand
from exporter.docker.inventory import Inventory, Snapshot
from exporter.kernel import dbus
from exporter.kernel.dbus_types import Body

TREE = Path(__file__).parent.parent / "fixtures" / "host"


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


SYSTEMD = "/org/freedesktop/systemd1"
UNITS = {
    "ssh.service": ("loaded", "active", {"Type": "notify", "NRestarts": 2, "TasksCurrent": 3, "TasksMax": 2**64 - 1}),
    "backup.service": ("loaded", "failed", {"Type": "oneshot", "NRestarts": 0, "TasksMax": 4915}),
    "gone.service": ("not-found", "inactive", {"Type": "simple"}),
    "backup.timer": ("loaded", "active", {"LastTriggerUSec": 1699999990_500000}),
    "ssh.socket": ("loaded", "inactive", {"NAccepted": 41, "NConnections": 1, "NRefused": 5}),
    "srv.mount": ("loaded", "active", {"Type": "xfs"}),
    "basic.target": ("loaded", "reloading", {}),
}
MANAGER = {"Version": "252.38-1~deb12u1", "Virtualization": "kvm", "SystemState": "degraded"}


class SystemdStandIn:
    """The other end of a connection to systemd, as a socket: answers ListUnits and Get, signals between them.

    `tests/integration/test_systemd.py` holds the client against the real one.
    """

    def __init__(self, units=UNITS, manager=MANAGER):
        self.properties = {SYSTEMD: manager} | {self.path(name): unit[2] for name, unit in units.items()}
        self.properties |= LOGIND_SESSIONS
        self.units = units
        self.asked = []
        self.unread = b""
        self.is_closed = False

    def path(self, name):
        return f"{SYSTEMD}/unit/{name.replace('.', '_2e')}"

    def connect(self, path, timeout_seconds):
        assert path.parts[-3:-1] == ("run", "dbus")
        assert timeout_seconds > 0
        self.unread, self.is_closed = b"", False
        return self

    def settimeout(self, seconds):
        assert seconds > 0

    def close(self):
        self.is_closed = True

    def recv(self, size):
        data, self.unread = self.unread[:size], self.unread[size:]
        return data

    def sendall(self, data):
        if data.startswith(b"\0AUTH EXTERNAL "):
            self.unread += b"OK 1234deadbeef\r\n"
            return
        data = data.removeprefix(b"BEGIN\r\n")
        while data:
            size = dbus.message_bytes(data)
            self.unread += self.signal() + self.answer(data[:size])
            data = data[size:]

    def signal(self):
        return message(4, 0, "s", text("noise"))

    def answer(self, request):
        (serial,) = struct.unpack_from("<I", request, 8)
        fields = dbus._parse_fields(request, 16 + struct.unpack_from("<I", request, 12)[0], "<")
        if fields[dbus.MEMBER] == "Hello":
            return message(dbus.METHOD_RETURN, serial, "s", text(":1.7"))
        if fields[dbus.MEMBER] == "ListUnits":
            return message(dbus.METHOD_RETURN, serial, "a(ssssssouso)", self.list_units())
        if fields[dbus.MEMBER] in LOGIND_LISTS:
            return message(dbus.METHOD_RETURN, serial, *self.list_logind(fields[dbus.MEMBER]))
        _, name = Body(dbus.parse_message(request)[1].body).read("ss")
        self.asked.append(name)
        value = self.properties[fields[dbus.PATH]].get(name)
        if value is None:
            return message(dbus.ERROR, serial, "s", text("no such property"))
        return message(dbus.METHOD_RETURN, serial, "v", variant(value))

    def list_logind(self, member):
        signature, listed = LOGIND_LISTS[member]
        rows = b""
        for row in listed:
            rows = pad(rows, 8)
            for one in row:
                rows = text(one, rows) if isinstance(one, str) else pad(rows, 4) + struct.pack("<I", one)
        return signature, struct.pack("<II", len(rows), 0) + rows

    def list_units(self):
        rows = b""
        for name, (load, active, _) in self.units.items():
            rows = pad(rows, 8)
            for one in (name, "description", load, active, "sub", "", self.path(name)):
                rows = text(one, rows)
            rows = text("/", text("", pad(rows, 4) + struct.pack("<I", 0)))
        return struct.pack("<II", len(rows), 0) + rows  # the rows begin at a multiple of 8


LOGIND = "/org/freedesktop/login1"
LOGIND_LISTS = {
    "ListSeats": ("a(so)", [("seat0", f"{LOGIND}/seat/seat0")]),
    "ListSessions": (
        "a(susso)",
        [
            ("1", 1000, "ada", "seat0", f"{LOGIND}/session/_31"),
            ("7", 1001, "bob", "", f"{LOGIND}/session/_37"),
            ("8", 1001, "bob", "", f"{LOGIND}/session/_38"),
            ("c1", 113, "gdm", "seat0", f"{LOGIND}/session/c1"),
            ("9", 1002, "eve", "", f"{LOGIND}/session/_39"),
        ],
    ),
}
LOGIND_SESSIONS = {
    f"{LOGIND}/session/_31": {"Remote": 0, "Type": "wayland", "Class": "user"},
    f"{LOGIND}/session/_37": {"Remote": 1, "Type": "tty", "Class": "user"},
    f"{LOGIND}/session/_38": {"Remote": 1, "Type": "tty", "Class": "user"},
    f"{LOGIND}/session/c1": {"Remote": 0, "Type": "hologram", "Class": "manager-early"},
    f"{LOGIND}/session/_39": {"Remote": 1, "Type": "tty"},  # it ends while it is asked
}


def pad(data, size):
    return data + b"\0" * (-len(data) % size)


def text(value, before=b""):
    return pad(before, 4) + struct.pack("<I", len(value)) + value.encode() + b"\0"


def variant(value):
    if isinstance(value, str):
        return text(value, b"\1s\0")
    return b"\1u\0\0" + struct.pack("<I", value) if value < 2**31 else b"\1t\0\0\0\0\0\0" + struct.pack("<Q", value)


def message(kind, serial, signature, body):
    fields = b"\5\1u\0" + struct.pack("<I", serial)
    if kind == dbus.ERROR:
        fields = pad(fields, 8) + b"\4\1s\0" + text("org.freedesktop.DBus.Error.UnknownProperty")
    fields = pad(fields, 8) + b"\10\1g\0" + bytes([len(signature)]) + signature.encode() + b"\0"
    return struct.pack("<cBBBIII", b"l", kind, 1, 1, len(body), 99, len(fields)) + pad(fields, 8) + body


@pytest.fixture
def systemd():
    """Return `SystemdStandIn`, to be made with other units; `.asked` are the properties that were asked for."""
    return SystemdStandIn


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
    return header + b"".join(attribute(*one) for one in attributes.items())


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


RECORDED = TREE.parent / "docker"


def fixed_inventory(*names):
    """Return an inventory that has read these recorded inspections and does not run."""
    inventory = Inventory(Client("unix:///nowhere/docker.sock"), environment_names={"REGION"})
    found = [msgspec.json.decode((RECORDED / f"{name}.json").read_bytes(), type=Inspected) for name in names]
    containers = {one.Id: understand(one, {"REGION"}) for one in found}
    inventory._snapshot = Snapshot(1, containers, is_known=True, is_connected=True, failure="")
    return inventory


@pytest.fixture
def host():
    one = Host(
        TREE / "proc",
        TREE / "sys",
        TREE / "root",
        TREE / "udev",
        Calls(
            now=lambda: 1700000000.25,
            uname=fixed_uname,
            statvfs=fixed_statvfs,
            device_number=lambda _: os.makedev(8, 16),
            adjtimex=fixed_adjtimex,
            ethtool=fixed_ethtool,
            dump=fixed_dump,
            interface_name=fixed_interface_name,
            exchange=fixed_exchange,
            connect=SystemdStandIn().connect,
        ),
    )
    one.inventory = fixed_inventory("inspect-running", "inspect-stopped")
    yield one
    one.close()


@pytest.fixture
def tree_host(tmp_path):
    """Return `tree_host({"proc/loadavg": "…"})`: a host with just these files."""

    def tree_host(files, calls=None):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        roots = [tmp_path / name for name in ("proc", "sys", "root", "udev")]
        return Host(*roots, calls)

    return tree_host
