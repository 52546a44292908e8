"""Speaks to the management controller over /dev/ipmi0 (include/uapi/linux/ipmi.h)."""

import errno
import fcntl
import os
import select
import struct
from array import array
from pathlib import Path
from types import TracebackType
from typing import Self

# struct ipmi_req: address and its length, id, then struct ipmi_msg: function, command, length and address of the data.
REQUEST = struct.Struct("@PIlBBHP")
# struct ipmi_recv: the kind of message before all that.
RECEIVED = struct.Struct("@iPIlBBHP")
# struct ipmi_system_interface_addr: the controller itself.
ADDRESS = struct.Struct("@ihBx")
SYSTEM_INTERFACE, THIS_CONTROLLER = 0x0C, 0x0F
SEND = 2 << 30 | 40 << 16 | ord("i") << 8 | 13
RECEIVE_TRUNCATED = 3 << 30 | 48 << 16 | ord("i") << 8 | 11
MOST_BYTES, MOST_ADDRESS_BYTES = 272, 40
TIMEOUT_MILLISECONDS = 3000


class IpmiDevice:
    """An open device; use it in a `with`."""

    def __init__(self, path: Path) -> None:
        """Open the device; raise OSError."""
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def ask(self, function: int, command: int, data: bytes = b"") -> bytes:
        """Return a command's answer, its completion code first; raise OSError when none comes."""
        self._number += 1
        address = array("B", ADDRESS.pack(SYSTEM_INTERFACE, THIS_CONTROLLER, 0))
        content = array("B", data or b"\0")
        fields = (address.buffer_info()[0], len(address), self._number, function, command, len(data))
        fcntl.ioctl(self._descriptor, SEND, bytearray(REQUEST.pack(*fields, content.buffer_info()[0])))
        while True:
            number, answer = self._receive()
            if number == self._number:  # else one that came too late for its question
                return answer

    def _receive(self) -> tuple[int, bytes]:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        if not poll.poll(TIMEOUT_MILLISECONDS):
            raise OSError(errno.ETIMEDOUT, "the management controller does not answer", str(self._path))
        address, content = array("B", bytes(MOST_ADDRESS_BYTES)), array("B", bytes(MOST_BYTES))
        places = (address.buffer_info()[0], len(address), 0, 0, 0, len(content), content.buffer_info()[0])
        message = bytearray(RECEIVED.pack(0, *places))
        fcntl.ioctl(self._descriptor, RECEIVE_TRUNCATED, message)
        _, _, _, number, _, _, length, _ = RECEIVED.unpack(message)
        return number, content.tobytes()[:length]
