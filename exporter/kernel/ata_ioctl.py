"""ATA commands to a disk over the ioctl SG_IO (include/scsi/sg.h), as ATA PASS-THROUGH (16) of SAT.

Only commands that read what a disk tells of itself are made here. They need CAP_SYS_RAWIO.
"""

import errno
import fcntl
import os
import struct
from array import array
from pathlib import Path
from typing import NamedTuple

SG_IO = 0x2285
# struct sg_io_hdr: 'S', direction, lengths of CDB and sense, scatter list, length and addresses of the data, of the CDB
# and of the sense, timeout in ms, flags, id, pointer, then what comes back: four states, of them the first and the
# third matter; host's and driver's state, residue, duration, info.
HEADER = struct.Struct("@iiBBHIPPPIIiPBBBBHHiII4x")
TO_US, NOTHING = -3, -1
SENSE_BYTES, SECTOR_BYTES, TIMEOUT_MILLISECONDS = 32, 512, 5000
PASS_THROUGH_16 = 0x85
PIO_IN, NO_DATA = 4, 3
# Bits of the CDB's third byte: the count register tells the length, in blocks, from the device; registers come back.
READS_ONE_SECTOR, RETURNS_REGISTERS = 0x0E, 0x20
STATUS_GOOD, STATUS_CHECK_CONDITION = 0x00, 0x02
DESCRIPTOR_SENSE, FIXED_SENSE = (0x72, 0x73), (0x70, 0x71)
ATA_STATUS_DESCRIPTOR, ATA_INFORMATION = 0x09, b"\x00\x1d"
SMART_MID, SMART_HIGH = 0x4F, 0xC2
ATA_ERROR = 0x01


class Command(NamedTuple):
    """An ATA command by its registers; `has_data` for one that returns a sector."""

    name: str
    command: int
    feature: int = 0
    lba_mid: int = 0
    lba_high: int = 0
    has_data: bool = True


IDENTIFY = Command("IDENTIFY DEVICE", 0xEC)
SMART_DATA = Command("SMART READ DATA", 0xB0, 0xD0, SMART_MID, SMART_HIGH)
SMART_THRESHOLDS = Command("SMART READ THRESHOLDS", 0xB0, 0xD1, SMART_MID, SMART_HIGH)
SMART_STATUS = Command("SMART RETURN STATUS", 0xB0, 0xDA, SMART_MID, SMART_HIGH, has_data=False)
CHECK_POWER_MODE = Command("CHECK POWER MODE", 0xE5, has_data=False)


class Registers(NamedTuple):
    """What a disk left in its registers."""

    error: int
    status: int
    sector_count: int
    lba_mid: int
    lba_high: int


class Answer(NamedTuple):
    """The sector that a command returned, and its registers where it returns none."""

    data: bytes
    registers: Registers | None


def make_cdb(command: Command) -> bytes:
    """Return ATA PASS-THROUGH (16) with a command of 28 bits."""
    protocol = PIO_IN if command.has_data else NO_DATA
    flags = READS_ONE_SECTOR if command.has_data else RETURNS_REGISTERS
    cdb = bytearray(16)
    cdb[0], cdb[1], cdb[2] = PASS_THROUGH_16, protocol << 1, flags
    cdb[4], cdb[6] = command.feature, int(command.has_data)
    cdb[10], cdb[12], cdb[14] = command.lba_mid, command.lba_high, command.command
    return bytes(cdb)


def parse_registers(sense: bytes) -> Registers | None:
    """Return the registers that sense data hold, in either of its formats, None when they hold none."""
    if len(sense) >= 22 and sense[0] in DESCRIPTOR_SENSE and sense[8] == ATA_STATUS_DESCRIPTOR:
        return Registers(sense[11], sense[21], sense[13], sense[17], sense[19])
    if len(sense) >= 14 and sense[0] in FIXED_SENSE and sense[12:14] == ATA_INFORMATION:
        return Registers(sense[3], sense[4], sense[6], sense[10], sense[11])
    return None


def send(path: Path, command: Command) -> Answer:
    """Send one command to a disk; raise OSError, also when the disk or what it hangs on refuses."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return _send(descriptor, path, command)
    finally:
        os.close(descriptor)


def _send(descriptor: int, path: Path, command: Command) -> Answer:
    cdb = array("B", make_cdb(command))
    sense, data = array("B", bytes(SENSE_BYTES)), array("B", bytes(SECTOR_BYTES))
    length = SECTOR_BYTES if command.has_data else 0
    direction = TO_US if command.has_data else NOTHING
    addresses = (part.buffer_info()[0] for part in (data, cdb, sense))
    header = bytearray(
        HEADER.pack(ord("S"), direction, len(cdb), SENSE_BYTES, 0, length, *addresses, TIMEOUT_MILLISECONDS, *(0,) * 12)
    )
    fcntl.ioctl(descriptor, SG_IO, header)
    fields = HEADER.unpack(header)
    return judge(path, command, (fields[13], fields[17]), data.tobytes()[:length], sense.tobytes())


def judge(path: Path, command: Command, states: tuple[int, int], data: bytes, sense: bytes) -> Answer:
    """Return the answer by the states of device and host; raise OSError when it is a refusal."""
    status, host = states
    if host or status not in {STATUS_GOOD, STATUS_CHECK_CONDITION}:
        raise OSError(errno.EIO, f"{command.name}: no answer (status {status:#x}, host {host:#x})", str(path))
    if status == STATUS_GOOD:
        return Answer(data, None)
    registers = parse_registers(sense)
    if command.has_data or registers is None or registers.status & ATA_ERROR:
        raise OSError(errno.EIO, f"{command.name}: refused (sense {sense[:14].hex()})", str(path))
    return Answer(data, registers)
