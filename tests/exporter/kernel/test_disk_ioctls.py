"""The structures that go to the kernel, and its answers in either format of sense data."""

import errno
import struct

import pytest

from exporter.kernel import ata_ioctl, nvme_ioctl
from exporter.kernel.ata_ioctl import CHECK_POWER_MODE, IDENTIFY, SMART_STATUS, Registers

# Made after SPC-4 and SAT-3: descriptor format with the ATA status return descriptor, and fixed format.
DESCRIPTOR = bytes.fromhex("7201001d0000000e" + "090c00000000000000" + "4f00c20050").ljust(32, b"\0")
FIXED = bytes([0x70, 0, 1, 0, 0x50, 0xA0, 0xFF, 10, 0, 0, 0x4F, 0xC2, 0x00, 0x1D]).ljust(32, b"\0")
REFUSED = bytes([0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20, 0x00]).ljust(32, b"\0")
ABORTED = DESCRIPTOR[:11] + b"\x04" + DESCRIPTOR[12:21] + b"\x51" + DESCRIPTOR[22:]


def test_sizes_are_the_kernels():
    assert ata_ioctl.HEADER.size == 88
    assert nvme_ioctl.FIELDS.size == 72
    assert nvme_ioctl.ADMIN_COMMAND == 0xC0484E41


def test_command_that_reads_a_sector():
    assert ata_ioctl.make_cdb(ata_ioctl.SMART_DATA).hex() == "85080e00d000010000004f00c200b000"


def test_command_that_returns_registers():
    assert ata_ioctl.make_cdb(SMART_STATUS).hex() == "85062000da00000000004f00c200b000"


@pytest.mark.parametrize(
    ("sense", "registers"),
    [
        (DESCRIPTOR, Registers(0, 0x50, 0, 0x4F, 0xC2)),
        (FIXED, Registers(0, 0x50, 0xFF, 0x4F, 0xC2)),
        (REFUSED, None),
        (b"", None),
        (DESCRIPTOR[:20], None),
        (bytes(32), None),
    ],
)
def test_registers_come_back_in_sense_data(sense, registers):
    assert ata_ioctl.parse_registers(sense) == registers


@pytest.mark.parametrize(
    ("command", "states", "sense"),
    [
        (IDENTIFY, (0, 1), bytes(32)),  # DID_NO_CONNECT
        (IDENTIFY, (8, 0), bytes(32)),  # BUSY
        (IDENTIFY, (2, 0), REFUSED),
        (IDENTIFY, (2, 0), DESCRIPTOR),
        (SMART_STATUS, (2, 0), REFUSED),
        (SMART_STATUS, (2, 0), ABORTED),
    ],
)
def test_refusal_is_an_error_with_the_commands_name(tmp_path, command, states, sense):
    with pytest.raises(OSError, match=command.name) as refusal:
        ata_ioctl.judge(tmp_path, command, states, bytes(512), sense)
    assert refusal.value.errno == errno.EIO


def test_kernel_gets_a_header_with_buffers_and_fills_it_in(tmp_path, monkeypatch):
    def answer(_, request, header):
        assert request == ata_ioctl.SG_IO
        fields = list(ata_ioctl.HEADER.unpack(header))
        assert fields[:6] == [ord("S"), -1, 16, 32, 0, 0]
        fields[13] = 2
        header[:] = ata_ioctl.HEADER.pack(*fields)

    monkeypatch.setattr(ata_ioctl.fcntl, "ioctl", answer)
    disk = tmp_path / "sda"
    disk.touch()
    with pytest.raises(OSError, match="CHECK POWER MODE"):
        ata_ioctl.send(disk, CHECK_POWER_MODE)


def test_file_that_is_no_disk_is_an_error(tmp_path):
    file = tmp_path / "sda"
    file.touch()
    with pytest.raises(OSError, match="ioctl") as refusal:
        ata_ioctl.send(file, IDENTIFY)
    assert refusal.value.errno == errno.ENOTTY
    with pytest.raises(OSError, match="ioctl"):
        nvme_ioctl.send(file, nvme_ioctl.HEALTH)


def test_controllers_status_is_an_error(tmp_path, monkeypatch):
    def answer(_, request, fields):
        assert request == nvme_ioctl.ADMIN_COMMAND
        assert struct.unpack_from("=B", fields) == (2,)
        return 0x4002

    monkeypatch.setattr(nvme_ioctl.fcntl, "ioctl", answer)
    controller = tmp_path / "nvme0"
    controller.touch()
    with pytest.raises(OSError, match="NVMe status 0x4002"):
        nvme_ioctl.send(controller, nvme_ioctl.HEALTH)
