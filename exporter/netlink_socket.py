"""Dumps over netlink(7): what the kernel lists of one kind, message by message."""

import os
import socket
import struct
from collections.abc import Iterator

# include/uapi/linux/netlink.h; struct nlmsghdr: length, type, flags, sequence, port.
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
HEADER = struct.Struct("=IHHII")
RECEIVE_BYTES = 1 << 18
ATTRIBUTE = struct.Struct("=HH")
ATTRIBUTE_KIND = 0x3FFF  # the two bits above it are flags


def dump(protocol: int, kind: int, payload: bytes) -> Iterator[bytes]:
    """Yield the payload of each message that answers a dump request of type `kind`; raise OSError.

    The socket lives for one dump: what is asked for over it is rare, and a dump that was left half read is gone.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol) as sock:
        sock.bind((0, 0))
        sock.send(HEADER.pack(HEADER.size + len(payload), kind, NLM_F_REQUEST | NLM_F_DUMP, 0, 0) + payload)
        while True:
            for answer, content in split(sock.recv(RECEIVE_BYTES)):
                if answer == NLMSG_DONE:
                    return
                if answer == NLMSG_ERROR:
                    number = -struct.unpack_from("=i", content)[0]
                    raise OSError(number, os.strerror(number))
                yield content


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, payload) of each message in what was received; raise ValueError for an impossible length."""
    offset = 0
    while offset + HEADER.size <= len(data):
        length, kind, _, _, _ = HEADER.unpack_from(data, offset)
        if not HEADER.size <= length <= len(data) - offset:
            raise ValueError(f"netlink: a message has an impossible length of {length}")
        yield kind, data[offset + HEADER.size : offset + length]
        offset += (length + 3) & ~3


def attributes(data: bytes, offset: int) -> dict[int, bytes]:
    """Return the attributes from `offset` on by their kind; raise ValueError for an impossible length."""
    found = {}
    while offset + ATTRIBUTE.size <= len(data):
        length, kind = ATTRIBUTE.unpack_from(data, offset)
        if not ATTRIBUTE.size <= length <= len(data) - offset:
            raise ValueError(f"netlink: attribute {kind} has an impossible length of {length}")
        found[kind & ATTRIBUTE_KIND] = data[offset + ATTRIBUTE.size : offset + length]
        offset += (length + 3) & ~3
    return found
