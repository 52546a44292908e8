"""Understands what an ATA disk answers: IDENTIFY DEVICE, its SMART data and thresholds (ACS-3, SFF-8035i)."""

import struct
from collections.abc import Mapping
from typing import NamedTuple

from exporter.disks.attribute_names import ATTRIBUTE_NAMES
from exporter.kernel.ata_ioctl import SECTOR_BYTES, SMART_HIGH, SMART_MID, Registers

ENTRY = struct.Struct("<BHBB6s")  # id, flags, value, worst, raw; a reserved byte follows
ENTRIES, ENTRY_BYTES, FIRST_ENTRY = 30, 12, 2
FLAGS = (
    ("P", "prefailure"), ("O", "updated_online"), ("S", "performance"), ("R", "error_rate"), ("C", "event_count"),
    ("K", "auto_keep"),
)  # fmt: skip
FORM_FACTORS = {1: "5.25 inches", 2: "3.5 inches", 3: "2.5 inches", 4: "1.8 inches", 5: "< 1.8 inches", 6: "mSATA"}
FORM_FACTORS |= {7: "M.2", 8: "MicroSSD", 9: "CFast"}
POWER_ON_HOURS, POWER_CYCLES = 9, 12
TEMPERATURES = (194, 190)
FAILED_MID, FAILED_HIGH = 0xF4, 0x2C
STANDBY = 0x00


class Identity(NamedTuple):
    """Who a disk is; sizes in bytes, `rotation_rate` 0 for a disk without one, or that does not tell it."""

    model: str
    serial: str
    firmware: str
    sectors: int
    logical_bytes: int
    physical_bytes: int
    rotation_rate: int
    form_factor: str
    has_smart: bool


class Attribute(NamedTuple):
    """A SMART attribute; `threshold` is None when the disk has told none for it."""

    number: int
    flags: int
    value: int
    worst: int
    threshold: int | None
    raw: int

    @property
    def name(self) -> str:
        """Return its usual name; makers give some numbers other meanings."""
        return ATTRIBUTE_NAMES.get(self.number, "Unknown_Attribute")

    @property
    def short_flags(self) -> str:
        """Return its flags as letters, `-` for each that is not set."""
        return "".join(letter if self.flags >> place & 1 else "-" for place, (letter, _) in enumerate(FLAGS))

    @property
    def long_flags(self) -> str:
        """Return its flags by name."""
        return ",".join(name for place, (_, name) in enumerate(FLAGS) if self.flags >> place & 1)

    @property
    def is_failing(self) -> bool:
        """Return whether it foretells the disk's end: a value of 0 and a threshold of 0 mean nothing."""
        return bool(self.flags & 1 and self.threshold and self.value <= self.threshold)


def parse_identity(sector: bytes) -> Identity:
    """Return who a disk is by IDENTIFY DEVICE; raise ValueError when that is not an ATA disk's."""
    check_length("IDENTIFY DEVICE", sector)
    words = struct.unpack("<256H", sector)
    if words[0] & 0x8000 or not any(words):
        raise ValueError(f"IDENTIFY DEVICE: expected an ATA disk's, got word 0 {words[0]:#06x}")
    if words[255] & 0xFF == 0xA5 and sum(sector) & 0xFF:
        raise ValueError("IDENTIFY DEVICE: its checksum is wrong")
    sectors = words[60] | words[61] << 16
    if words[83] & 0xC400 == 0x4400:  # 48-bit addresses
        sectors = words[100] | words[101] << 16 | words[102] << 32 | words[103] << 48
    logical, physical = _sector_sizes(words)
    return Identity(
        model=_text(sector[54:94]),
        serial=_text(sector[20:40]),
        firmware=_text(sector[46:54]),
        sectors=sectors,
        logical_bytes=logical,
        physical_bytes=physical,
        rotation_rate=words[217] if 0x0401 <= words[217] <= 0xFFFE else 0,
        form_factor=FORM_FACTORS.get(words[168] & 0xF, ""),
        has_smart=words[82] & 1 == 1 and words[82] not in {0x0000, 0xFFFF} and words[85] & 1 == 1,
    )


def _sector_sizes(words: tuple[int, ...]) -> tuple[int, int]:
    if words[106] & 0xC000 != 0x4000:
        return SECTOR_BYTES, SECTOR_BYTES
    logical = 2 * (words[117] | words[118] << 16) if words[106] & 0x1000 else SECTOR_BYTES
    return logical, logical << (words[106] & 0xF if words[106] & 0x2000 else 0)


def _text(field: bytes) -> str:
    """Return a text of ATA, whose bytes are swapped in each word, without what can't be printed."""
    swapped = b"".join(field[place + 1 : place + 2] + field[place : place + 1] for place in range(0, len(field), 2))
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "\ufffd" for byte in swapped.rstrip(b"\0")).strip()


def parse_thresholds(sector: bytes) -> dict[int, int]:
    """Return the thresholds by their attributes' numbers; raise ValueError."""
    check_sum("SMART READ THRESHOLDS", sector)
    places = range(FIRST_ENTRY, FIRST_ENTRY + ENTRIES * ENTRY_BYTES, ENTRY_BYTES)
    return {sector[place]: sector[place + 1] for place in reversed(places) if sector[place]}


def parse_attributes(sector: bytes, thresholds: Mapping[int, int]) -> list[Attribute]:
    """Return the attributes of SMART READ DATA, each number once; raise ValueError."""
    check_sum("SMART READ DATA", sector)
    attributes: dict[int, Attribute] = {}
    for place in range(FIRST_ENTRY, FIRST_ENTRY + ENTRIES * ENTRY_BYTES, ENTRY_BYTES):
        number, flags, value, worst, raw = ENTRY.unpack_from(sector, place)
        if number:
            attribute = Attribute(number, flags, value, worst, thresholds.get(number), int.from_bytes(raw, "little"))
            attributes.setdefault(number, attribute)
    return list(attributes.values())


def check_length(what: str, sector: bytes) -> None:
    """Raise ValueError unless that is a sector."""
    if len(sector) != SECTOR_BYTES:
        raise ValueError(f"{what}: expected {SECTOR_BYTES} bytes, got {len(sector)}")


def check_sum(what: str, sector: bytes) -> None:
    """Raise ValueError unless that is a sector whose bytes add up to nothing, and that is not empty."""
    check_length(what, sector)
    if sum(sector) & 0xFF or not any(sector):
        raise ValueError(f"{what}: its checksum is wrong")


def passes(registers: Registers | None) -> bool | None:
    """Return whether SMART RETURN STATUS says that all is well, None when it says neither."""
    if registers is None:
        return None
    signature = (registers.lba_mid, registers.lba_high)
    return {(SMART_MID, SMART_HIGH): True, (FAILED_MID, FAILED_HIGH): False}.get(signature)


def power_on_hours(attributes: Mapping[int, Attribute]) -> int | None:
    """Return the hours; the upper bytes hold minutes or less with some makers."""
    attribute = attributes.get(POWER_ON_HOURS)
    return attribute.raw & 0xFFFFFF if attribute else None


def temperature(attributes: Mapping[int, Attribute]) -> int | None:
    """Return the temperature in °C; the upper bytes hold the least and the highest so far."""
    number = next((number for number in TEMPERATURES if number in attributes), None)
    if number is None:
        return None
    celsius = attributes[number].raw & 0xFF
    return celsius - 256 if celsius > 127 else celsius
