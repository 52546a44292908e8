"""The other end of D-Bus: systemd and logind as they answer, without either."""

import struct

from exporter.kernel import dbus
from exporter.kernel.dbus_types import Body

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
        self.requested = []
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
        self.requested.append(name)
        value = self.properties[fields[dbus.PATH]].get(name)
        if value is None:
            return message(dbus.ERROR, serial, "s", text("no such property"))
        return message(dbus.METHOD_RETURN, serial, "v", variant(value))

    def list_logind(self, member):
        signature, listed = LOGIND_LISTS[member]
        rows = b""
        for row in listed:
            rows = pad(rows, 8)
            for field in row:
                rows = text(field, rows) if isinstance(field, str) else pad(rows, 4) + struct.pack("<I", field)
        return signature, struct.pack("<II", len(rows), 0) + rows

    def list_units(self):
        rows = b""
        for name, (load, active, _) in self.units.items():
            rows = pad(rows, 8)
            for field in (name, "description", load, active, "sub", "", self.path(name)):
                rows = text(field, rows)
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
