"""Stands in for a management controller: records and answers made byte by byte after IPMI 2.0; none was recorded."""

import errno


def full_record(number, name, sensor, **fields):
    """Return a full sensor record; `exponents` are those of the result and of the offset."""
    given = {"kind": 0x01, "unit": 1, "m": 1, "b": 0, "exponents": (0, 0), "linear": 0, "format": 0, "reading": 0x01}
    given |= fields
    record = bytearray(48)
    record[0:5] = [number & 0xFF, number >> 8, 0x51, 0x01, 0]
    record[5], record[7], record[12], record[13] = given.get("owner", 0x20), sensor, given["kind"], given["reading"]
    record[20] = given["format"] << 6 | int(given.get("is_percentage", False))
    record[21], record[23] = given["unit"], given["linear"]
    m, b = given["m"] & 0x3FF, given["b"] & 0x3FF
    record[24], record[25], record[26], record[27] = m & 0xFF, m >> 8 << 6, b & 0xFF, b >> 8 << 6
    record[29] = (given["exponents"][0] & 0xF) << 4 | given["exponents"][1] & 0xF
    record[47] = 0xC0 | len(name)
    record += name.encode("latin-1")
    record[4] = len(record) - 5
    return bytes(record)


def compact_record(number, name, sensor, kind, reading=0x6F):
    record = bytearray(32)
    record[0:5] = [number & 0xFF, number >> 8, 0x51, 0x02, 0]
    record[5], record[7], record[12], record[13], record[20] = 0x20, sensor, kind, reading, 0xC0
    record[31] = 0xC0 | len(name)
    record += name.encode("latin-1")
    record[4] = len(record) - 5
    return bytes(record)


RECORDS = (
    full_record(1, "CPU Temp", 0x10),
    full_record(2, "12V", 0x11, kind=2, unit=4, m=63, exponents=(-3, 0)),
    full_record(5, "FAN1", 0x12, kind=4, unit=18, m=100),
    full_record(6, "FAN2 Duty", 0x13, kind=4, unit=0, m=1, is_percentage=True),
    full_record(7, "PS1 In", 0x14, kind=8, unit=6, m=4),
    full_record(8, "PS1 Curr", 0x15, kind=3, unit=5, m=2, exponents=(-1, 0)),
    full_record(9, "Me Temp", 0x16, owner=0x2C),
    compact_record(10, "PS2 Status", 0x17, kind=0x08),
    compact_record(11, "Fans Red.", 0x18, kind=0x04, reading=0x0B),
    full_record(0x0100, "Absent DIMM", 0x19),
    bytes([12, 0, 0x51, 0x11, 3, 1, 2, 3]),  # a record about a device
)
# Reading, flags (scanned; available), state.
READINGS = {
    0x10: b"\x2a\xc0\xc0", 0x11: b"\xbf\xc0\xc0", 0x12: b"\x48\xc0\xc8", 0x13: b"\x23\xc0\xc0", 0x14: b"\x46\xc0\xd0",
    0x15: b"\x0b\xc0\xc0", 0x17: b"\x00\xc0\x09\x80", 0x18: b"\x00\xc0\x01\x80", 0x19: b"\x00\xe0\xc0",
}  # fmt: skip


class ControllerStandIn:
    """Answers as a controller does; `answers` replaces what it says by (function, command, data)."""

    def __init__(self, records=RECORDS, readings=READINGS):
        self.records, self.readings, self.answers = records, dict(readings), {}
        self.asked = []
        self.reservation = 0
        self.lost_reservations = 0
        self.is_silent = False

    def open(self, path):
        self.path = path
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def ask(self, function, command, data=b""):
        self.asked.append((function, command, data))
        if self.is_silent:
            raise OSError(errno.ETIMEDOUT, "the management controller does not answer", str(self.path))
        given = self.answers.get((function, command, data), self.answers.get((function, command)))
        return self._answer(function, command, data) if given is None else given

    def _answer(self, function, command, data):
        match function, command:
            case 0x0A, 0x22:
                self.reservation += 1
                answer = bytes([0, self.reservation, 0])
            case 0x0A, 0x23:
                answer = self._record(data)
            case 0x04, 0x2D:
                answer = b"\0" + self.readings[data[0]] if data[0] in self.readings else b"\xcb"
            case 0x00, 0x01:
                answer = bytes([0, 0x21, 0x10, 0x08])
            case 0x2C, 0x02:
                answer = bytes([0, 0xDC, 0x2C, 0x01]) + bytes(14) + b"\x40"
            case _:
                answer = b"\xc1"
        return answer

    def _record(self, data):
        if self.lost_reservations and data[4]:
            self.lost_reservations -= 1
            return b"\xc5"
        assert data[0] == self.reservation
        number, offset, size = int.from_bytes(data[2:4], "little"), data[4], data[5]
        numbers = [int.from_bytes(record[:2], "little") for record in self.records]
        place = numbers.index(number) if number else 0
        following = [*numbers, 0xFFFF][place + 1]
        return b"\0" + following.to_bytes(2, "little") + self.records[place][offset : offset + size]
