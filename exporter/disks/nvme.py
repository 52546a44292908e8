"""Understands what an NVMe controller answers: Identify Controller and its SMART log (NVMe base specification 1.4)."""

import struct
from typing import NamedTuple

KELVIN_AT_ZERO_CELSIUS = 273
DATA_UNIT_BYTES = 512_000  # a data unit is a thousand blocks of 512 bytes, whatever the namespace's block size
IDENTIFY_BYTES, HEALTH_BYTES = 4096, 512
EMPTY = ({0}, {0xFF})  # a bus gives all bits set for a device that has left it
START = struct.Struct("<BHBBB")  # critical warning, temperature in K, spare, its threshold, percentage used
COUNTERS_OFFSET, COUNTER_BYTES, COUNTERS = 32, 16, 10


class Identity(NamedTuple):
    """Who a controller is; `capacity_bytes` is 0 where it does not tell."""

    model: str
    serial: str
    firmware: str
    capacity_bytes: int


class Health(NamedTuple):
    """The SMART log; `temperature` in °C, None where the controller does not tell it."""

    critical_warning: int
    temperature: int | None
    available_spare: int
    available_spare_threshold: int
    percentage_used: int
    bytes_read: int
    bytes_written: int
    power_cycles: int
    power_on_hours: int
    media_errors: int
    error_log_entries: int


def parse_identity(data: bytes) -> Identity:
    """Return who a controller is; raise ValueError."""
    if len(data) != IDENTIFY_BYTES or set(data[4:72]) in EMPTY:
        raise ValueError(f"Identify Controller: expected a name in {IDENTIFY_BYTES} bytes, got {len(data)} bytes")
    return Identity(
        model=_text(data[24:64]),
        serial=_text(data[4:24]),
        firmware=_text(data[64:72]),
        capacity_bytes=int.from_bytes(data[280:296], "little"),
    )


def _text(field: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "\ufffd" for byte in field.rstrip(b"\0")).strip()


def parse_health(data: bytes) -> Health:
    """Return what the SMART log tells; raise ValueError when that is empty or of another length."""
    if len(data) != HEALTH_BYTES or set(data) in EMPTY:
        raise ValueError(f"NVMe SMART log: expected {HEALTH_BYTES} bytes that tell something, got {data[:16].hex()}…")
    warning, kelvin, spare, threshold, used = START.unpack_from(data)
    # Units read and written, commands to read and write, minutes busy, power cycles, hours on, unsafe shutdowns, errors
    # of the media, entries of the error log: ten counters of 128 bits.
    units_read, units_written, _, _, _, cycles, hours, _, media_errors, entries = (
        int.from_bytes(data[place : place + COUNTER_BYTES], "little")
        for place in range(COUNTERS_OFFSET, COUNTERS_OFFSET + COUNTERS * COUNTER_BYTES, COUNTER_BYTES)
    )
    return Health(
        critical_warning=warning,
        temperature=kelvin - KELVIN_AT_ZERO_CELSIUS if kelvin else None,
        available_spare=spare,
        available_spare_threshold=threshold,
        percentage_used=used,
        bytes_read=units_read * DATA_UNIT_BYTES,
        bytes_written=units_written * DATA_UNIT_BYTES,
        power_cycles=cycles,
        power_on_hours=hours,
        media_errors=media_errors,
        error_log_entries=entries,
    )
