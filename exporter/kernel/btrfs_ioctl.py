"""What a mounted btrfs tells of its devices by ioctl(2) (include/uapi/linux/btrfs.h)."""

import errno
import fcntl
import os
import struct
import uuid
from typing import NamedTuple

# _IOR and _IOWR of asm-generic/ioctl.h: direction, size, type (0x94) and number of the call.
FS_INFO = 2 << 30 | 1024 << 16 | 0x94 << 8 | 31
DEVICE_INFO = 3 << 30 | 4096 << 16 | 0x94 << 8 | 30
DEVICE_STATISTICS = 3 << 30 | 1032 << 16 | 0x94 << 8 | 52
FS_INFO_FIELDS = struct.Struct("=QQ16s")  # highest device id, number of devices, the file system's UUID
DEVICE_INFO_FIELDS = struct.Struct("=Q16sQQ")  # id, UUID, bytes used, bytes in all; the path comes at 3072
DEVICE_PATH_OFFSET = 3072
DEVICE_STATISTICS_FIELDS = struct.Struct("=QQQ5Q")  # id, number of values, flags, and the values
ERRORS = ("write", "read", "flush", "corruption", "generation")


class Device(NamedTuple):
    """A device of a file system: its name without folder, and its errors in the order of `ERRORS`."""

    name: str
    uuid: str
    bytes_used: int
    bytes_total: int
    errors: tuple[int, ...]


def read_devices(mountpoint: str) -> tuple[str, list[Device]]:
    """Return the file system's UUID and its devices; raise OSError, with ENOTTY where it is no btrfs."""
    descriptor = os.open(mountpoint, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        highest, count, identity = FS_INFO_FIELDS.unpack_from(_call(descriptor, FS_INFO, bytes(1024)))
        devices: list[Device] = []
        for number in range(highest + 1):
            if len(devices) == count:
                break
            if (device := _read_device(descriptor, number)) is not None:
                devices.append(device)
        return str(uuid.UUID(bytes=identity)), devices
    finally:
        os.close(descriptor)


def _read_device(descriptor: int, number: int) -> Device | None:
    """Return the device of that id, None when there is none: ids are not contiguous."""
    key = struct.pack("=Q", number)
    try:
        info = _call(descriptor, DEVICE_INFO, key.ljust(4096, b"\0"))
    except OSError as error:
        if error.errno == errno.ENODEV:
            return None
        raise
    _, identity, used, total = DEVICE_INFO_FIELDS.unpack_from(info)
    # The number of values that we have room for goes in beside the id.
    request = struct.pack("=QQ", number, len(ERRORS)).ljust(1032, b"\0")
    _, _, _, *errors = DEVICE_STATISTICS_FIELDS.unpack_from(_call(descriptor, DEVICE_STATISTICS, request))
    path = info[DEVICE_PATH_OFFSET:].partition(b"\0")[0].decode("utf-8", "replace")
    return Device(os.path.basename(path), str(uuid.UUID(bytes=identity)), used, total, tuple(errors))  # noqa: PTH119 - a string


def _call(descriptor: int, request: int, argument: bytes) -> bytes:
    buffer = bytearray(argument)
    fcntl.ioctl(descriptor, request, buffer)
    return bytes(buffer)
