"""Dumps over netlink(7): what the kernel lists of one kind, message by message."""

import os
import socket
import struct
from collections.abc import Iterator

# include/uapi/linux/netlink.h; struct nlmsghdr: length, type, flags, sequence, port.
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
HEADER = struct.Struct("=IHHII")
RECEIVE_BYTES = 1 << 16  # the kernel fills at most 32 KiB at a time
ATTRIBUTE = struct.Struct("=HH")
ATTRIBUTE_KIND = 0x3FFF  # the two bits above it are flags


class NetlinkSocket:
    """A socket that can be kept open between dumps, with the buffer that it receives into."""

    def __init__(self, protocol: int) -> None:
        self._protocol = protocol
        self._socket: socket.socket | None = None
        self._buffer = bytearray(RECEIVE_BYTES)  # a new one for each dump would be mapped and cleared each time

    def dump(self, kind: int, payload: bytes) -> list[bytes]:
        """Return the payload of each message that answers a dump request of type `kind`.

        Raises OSError, and ValueError for a malformed answer; the socket is opened anew after either, because what is
        left of an answer would be taken for the next one.
        """
        try:
            return self._dump(kind, payload)
        except (OSError, ValueError):
            self.close()
            raise

    def close(self) -> None:
        """Close the socket; the next dump opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _dump(self, kind: int, payload: bytes) -> list[bytes]:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, self._protocol)
            self._socket.bind((0, 0))
        self._socket.send(HEADER.pack(HEADER.size + len(payload), kind, NLM_F_REQUEST | NLM_F_DUMP, 0, 0) + payload)
        contents: list[bytes] = []
        while True:
            received = self._socket.recv_into(self._buffer)
            for answer, content in split(self._buffer, received):
                if answer == NLMSG_DONE:
                    return contents
                if answer == NLMSG_ERROR:
                    number = -struct.unpack_from("=i", content)[0]
                    raise OSError(number, os.strerror(number))
                contents.append(content)


def dump(protocol: int, kind: int, payload: bytes) -> list[bytes]:
    """Return what `NetlinkSocket.dump` does, over a socket that lives for this one: for what is rarely asked."""
    channel = NetlinkSocket(protocol)
    try:
        return channel.dump(kind, payload)
    finally:
        channel.close()


def split(data: bytes | bytearray, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield (type, payload) of each message in the first `size` bytes; raise ValueError for an impossible length."""
    offset = 0
    while offset + HEADER.size <= size:
        length, kind, _, _, _ = HEADER.unpack_from(data, offset)
        if not HEADER.size <= length <= size - offset:
            raise ValueError(f"netlink: a message has an impossible length of {length}")
        yield kind, bytes(data[offset + HEADER.size : offset + length])
        offset += (length + 3) & ~3


def walk(data: bytes, offset: int) -> Iterator[tuple[int, int, int]]:
    """Yield (offset, length, kind) of each attribute from `offset` on; raise ValueError for an impossible length."""
    while offset + ATTRIBUTE.size <= len(data):
        length, kind = ATTRIBUTE.unpack_from(data, offset)
        if not ATTRIBUTE.size <= length <= len(data) - offset:
            raise ValueError(f"netlink: attribute {kind} has an impossible length of {length}")
        yield offset, length, kind
        offset += (length + 3) & ~3


def attributes(data: bytes, offset: int) -> dict[int, bytes]:
    """Return the attributes from `offset` on by their kind; raise ValueError for an impossible length."""
    return {
        kind & ATTRIBUTE_KIND: data[start + ATTRIBUTE.size : start + length]
        for start, length, kind in walk(data, offset)
    }
