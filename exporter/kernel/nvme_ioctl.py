"""What an NVMe controller tells over the ioctl NVME_IOCTL_ADMIN_CMD (include/uapi/linux/nvme_ioctl.h).

Only commands that read are made here. They need CAP_SYS_ADMIN.
"""

import errno
import fcntl
import os
import struct
from array import array
from pathlib import Path
from typing import NamedTuple

ADMIN_COMMAND = 3 << 30 | 72 << 16 | ord("N") << 8 | 0x41
# struct nvme_passthru_cmd: opcode, flags, reserved, namespace, cdw2 and 3, metadata's and data's address and their
# lengths, cdw10 to 15, timeout in ms, result.
FIELDS = struct.Struct("=BBHIIIQQIIIIIIIIII")
TIMEOUT_MILLISECONDS = 5000
ALL_NAMESPACES = 0xFFFFFFFF


class Command(NamedTuple):
    """An admin command that reads `size_bytes`."""

    name: str
    opcode: int
    namespace: int
    cdw10: int
    size_bytes: int


IDENTIFY = Command("Identify Controller", 0x06, 0, 1, 4096)
# Log page 2, and its length in words of four bytes less one.
HEALTH = Command("Get Log Page: SMART", 0x02, ALL_NAMESPACES, 2 | (512 // 4 - 1) << 16, 512)


def send(path: Path, command: Command) -> bytes:
    """Send one command to a controller and return what it told; raise OSError, also when it refuses."""
    data = array("B", bytes(command.size_bytes))
    request = bytearray(
        FIELDS.pack(
            command.opcode, 0, 0, command.namespace, 0, 0, 0, data.buffer_info()[0], 0, command.size_bytes,
            command.cdw10, 0, 0, 0, 0, 0, TIMEOUT_MILLISECONDS, 0,
        )
    )  # fmt: skip
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        status = fcntl.ioctl(descriptor, ADMIN_COMMAND, request)
    finally:
        os.close(descriptor)
    if status:
        raise OSError(errno.EIO, f"{command.name}: refused with NVMe status {status:#x}", str(path))
    return data.tobytes()
