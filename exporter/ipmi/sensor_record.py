"""Understands sensor data records and readings (IPMI 2.0, chapters 35, 36 and 43)."""

import math
from collections.abc import Callable
from typing import NamedTuple

FULL, COMPACT = 0x01, 0x02
NAME_OFFSETS = {FULL: 47, COMPACT: 31}
CONTROLLER = 0x20
THRESHOLD, REDUNDANCY, SENSOR_SPECIFIC = 0x01, 0x0B, 0x6F
UNSIGNED, ONES_COMPLEMENT, TWOS_COMPLEMENT = 0, 1, 2
NOMINAL, WARNING, CRITICAL = 0, 1, 2
# Bits of a threshold sensor's state: below or above what is not critical, critical, not recoverable.
WARNING_BITS, CRITICAL_BITS = 0b001001, 0b110110
UNAVAILABLE, SCANNING = 0x20, 0x40
LINEARIZATIONS: tuple[Callable[[float], float], ...] = (
    float, math.log, math.log10, math.log2, math.exp, lambda value: 10**value, lambda value: 2**value,
    lambda value: 1 / value, lambda value: value**2, lambda value: value**3, math.sqrt, math.cbrt,
)  # fmt: skip
# What a discrete sensor's bits mean, by (kind of reading, kind of sensor): the bits that warn, and those of a failure.
DISCRETE = {
    (SENSOR_SPECIFIC, 0x08): ("Power Supply", 0b0000_0100, 0b0000_1010),
    (SENSOR_SPECIFIC, 0x0D): ("Drive Slot", 0b0000_0100, 0b0110_0010),
    (SENSOR_SPECIFIC, 0x0C): ("Memory", 0b0000_0001, 0b0000_0110),
}
REDUNDANCY_BITS = (0b0100, 0b0010)  # degraded; lost
TYPES = {
    0x01: "Temperature", 0x02: "Voltage", 0x03: "Current", 0x04: "Fan", 0x08: "Power Supply", 0x09: "Power Unit",
    0x0C: "Memory", 0x0D: "Drive Slot",
}  # fmt: skip
SIX_BIT_FIRST = 0x20


class Factors(NamedTuple):
    """How a raw reading becomes a value: (m·x + b·10^b_exponent)·10^exponent, and a function upon that."""

    number_format: int
    linearization: int
    multiplier: int
    offset: int
    offset_exponent: int
    exponent: int

    def apply(self, raw: int) -> float:
        """Return the value of a raw reading; raise ValueError when it has none."""
        value = self._signed(raw) * self.multiplier + self.offset * 10.0**self.offset_exponent
        try:
            value = LINEARIZATIONS[self.linearization](value * 10.0**self.exponent)
        except (IndexError, ArithmeticError, ValueError) as error:
            raise ValueError(f"the reading {raw} has no value by function {self.linearization}") from error
        return round(value, 6)

    def _signed(self, raw: int) -> int:
        if self.number_format == UNSIGNED or raw < 0x80:
            return raw
        return raw - 0xFF if self.number_format == ONES_COMPLEMENT else raw - 0x100


class Sensor(NamedTuple):
    """A sensor of the controller; `factors` is None for one that tells bits and no value."""

    record: int
    name: str
    number: int
    kind: int
    reading_kind: int
    unit: int
    is_percentage: bool
    factors: Factors | None

    @property
    def type_name(self) -> str:
        """Return what it measures in a word."""
        return TYPES.get(self.kind, "Other")


class Reading(NamedTuple):
    """What a sensor says: its value, None where it has none, and its state, None where that is not known."""

    value: float | None
    state: int | None


def parse_record(record: bytes) -> Sensor | None:
    """Return a sensor that the controller itself reads, None for any other record; raise ValueError, IndexError."""
    kind = record[3]
    if kind not in NAME_OFFSETS or record[5] != CONTROLLER or record[6] & 0x3:
        return None
    place = NAME_OFFSETS[kind]
    units = record[20]
    number_format = units >> 6
    has_value = kind == FULL and number_format <= TWOS_COMPLEMENT
    return Sensor(
        record=record[0] | record[1] << 8,
        name=parse_name(record[place], record[place + 1 :]),
        number=record[7],
        kind=record[12],
        reading_kind=record[13] & 0x7F,
        unit=record[21],
        is_percentage=bool(units & 1),
        factors=_parse_factors(record, number_format) if has_value else None,
    )


def _parse_factors(record: bytes, number_format: int) -> Factors:
    return Factors(
        number_format=number_format,
        linearization=record[23] & 0x7F,
        multiplier=_signed(record[24] | (record[25] & 0xC0) << 2, 10),
        offset=_signed(record[26] | (record[27] & 0xC0) << 2, 10),
        offset_exponent=_signed(record[29] & 0xF, 4),
        exponent=_signed(record[29] >> 4, 4),
    )


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> bits - 1 else value


def parse_name(kind_and_length: int, text: bytes) -> str:
    """Return a sensor's name: Latin-1, or letters of six bits; what can't be printed becomes U+FFFD."""
    kind, length = kind_and_length >> 6, kind_and_length & 0x1F
    field = text[:length]
    if kind == 0b10:
        bits = int.from_bytes(field, "little")
        field = bytes(SIX_BIT_FIRST + (bits >> 6 * place & 0x3F) for place in range(len(field) * 8 // 6))
    decoded = field.rstrip(b"\0").decode("latin-1")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in decoded).strip()


def parse_reading(sensor: Sensor, answer: bytes) -> Reading:
    """Return what Get Sensor Reading tells, without its completion code; raise ValueError."""
    if len(answer) < 2:
        raise ValueError(f"Get Sensor Reading: expected two bytes or more, got {answer.hex()!r}")
    if answer[1] & UNAVAILABLE or not answer[1] & SCANNING:
        return Reading(None, None)  # absent, or the machine is off
    bits = answer[2] if len(answer) > 2 else 0
    value = sensor.factors.apply(answer[0]) if sensor.factors is not None else None
    return Reading(value, _judge(sensor, bits))


def _judge(sensor: Sensor, bits: int) -> int | None:
    """Return how grave it is, None for a sensor whose bits are not known to mean good or bad."""
    if sensor.reading_kind == THRESHOLD:
        warning, critical = WARNING_BITS, CRITICAL_BITS
    elif sensor.reading_kind == REDUNDANCY:
        warning, critical = REDUNDANCY_BITS
    elif (sensor.reading_kind, sensor.kind) in DISCRETE:
        _, warning, critical = DISCRETE[sensor.reading_kind, sensor.kind]
    else:
        return None
    return CRITICAL if bits & critical else WARNING if bits & warning else NOMINAL
