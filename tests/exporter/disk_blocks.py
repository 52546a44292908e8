"""What disks answer, made byte by byte after ACS-3, SFF-8035i and the NVMe base specification; no disk was recorded."""

import errno
import struct

from exporter.kernel import ata_ioctl, nvme_ioctl
from exporter.kernel.ata_ioctl import Answer, Registers

WELL = Registers(error=0, status=0x50, sector_count=0, lba_mid=0x4F, lba_high=0xC2)
FAILING = WELL._replace(lba_mid=0xF4, lba_high=0x2C)
AWAKE, STANDBY = WELL._replace(sector_count=0xFF), WELL._replace(sector_count=0)
# number, flags, value, worst, threshold, raw: as a disk of 4 TB with 8,760 hours may have them.
ATTRIBUTES = (
    (1, 0x2F, 200, 200, 51, 0),
    (5, 0x33, 199, 199, 140, 8),
    (9, 0x32, 88, 88, 0, 0x0A0B00002238),
    (12, 0x32, 100, 100, 0, 57),
    (194, 0x22, 116, 103, 0, 0x0030_0016_0024),
    (197, 0x32, 200, 200, 0, 3),
    (199, 0x32, 200, 200, 0, 0),
    (171, 0x32, 100, 100, 0, 1),
)


def swapped(text, size):
    padded = text.encode().ljust(size)
    return b"".join(padded[place : place + 2][::-1] for place in range(0, size, 2))


def with_checksum(content):
    sector = bytes(content[:511])
    return sector + bytes([-sum(sector) & 0xFF])


def identify(model="VIGIE HD-4000 4TB", serial="VG-0001", rotation=7200, smart=0x1):
    words = [0] * 256
    words[60], words[61] = 0xFFFF, 0x0FFF
    words[82], words[83], words[85] = 0x7468 | smart, 0x7D61, 0x7468 | smart
    words[100:104] = [0xBEB0, 0xD1C0, 1, 0]
    words[106] = 0x6003  # eight logical sectors in a physical one
    words[168], words[217], words[255] = 2, rotation, 0x00A5
    sector = bytearray(struct.pack("<256H", *words))
    sector[20:40], sector[46:54], sector[54:94] = swapped(serial, 20), swapped("FW01", 8), swapped(model, 40)
    return with_checksum(sector)


def smart_data(attributes=ATTRIBUTES):
    rows = b"".join(
        struct.pack("<BHBB6sx", number, flags, value, worst, raw.to_bytes(6, "little"))
        for number, flags, value, worst, _, raw in attributes
    )
    return with_checksum((struct.pack("<H", 16) + rows).ljust(512, b"\0"))


def thresholds(attributes=ATTRIBUTES):
    rows = b"".join(bytes([number, threshold]) + bytes(10) for number, _, _, _, threshold, _ in attributes)
    return with_checksum((struct.pack("<H", 16) + rows).ljust(512, b"\0"))


def nvme_identify():
    data = bytearray(4096)
    data[4:24], data[24:64], data[64:72] = b"S1".ljust(20), b"VIGIE SSD 1TB".ljust(40), b"3.0".ljust(8)
    data[280:296] = (1_000_204_886_016).to_bytes(16, "little")
    return bytes(data)


def nvme_health(warning=0, kelvin=311, spare=100, threshold=10, used=7, media_errors=0):
    counters = (1_000_000, 2_000_000, 11, 12, 13, 42, 8760, 5, media_errors, 9)
    start = struct.pack("<BHBBB", warning, kelvin, spare, threshold, used).ljust(32, b"\0")
    return (start + b"".join(value.to_bytes(16, "little") for value in counters)).ljust(512, b"\0")


ATA_ANSWERS = {
    ata_ioctl.CHECK_POWER_MODE: Answer(b"", AWAKE),
    ata_ioctl.IDENTIFY: Answer(identify(), None),
    ata_ioctl.SMART_DATA: Answer(smart_data(), None),
    ata_ioctl.SMART_THRESHOLDS: Answer(thresholds(), None),
    ata_ioctl.SMART_STATUS: Answer(b"", WELL),
}
NVME_ANSWERS = {nvme_ioctl.IDENTIFY: nvme_identify(), nvme_ioctl.HEALTH: nvme_health()}


class DisksStandIn:
    """Stands in for the kernel's disks: answers as given, by name of the device and command; else ENOTTY."""

    def __init__(self, ata=None, nvme=None):
        self.ata, self.nvme = {"sda": ATA_ANSWERS} | (ata or {}), {"nvme0": NVME_ANSWERS} | (nvme or {})
        self.asked = []

    def send_ata(self, path, command):
        return self._answer(self.ata, path, command)

    def send_nvme(self, path, command):
        return self._answer(self.nvme, path, command)

    def _answer(self, disks, path, command):
        self.asked.append((path.name, command.name))
        answer = disks.get(path.name, {}).get(command)
        if answer is None:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device", str(path))
        if isinstance(answer, Exception):
            raise answer
        return answer
