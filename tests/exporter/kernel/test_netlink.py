import errno
import socket
import struct

import pytest

from exporter.kernel.netlink import HEADER, dump, split


def message(kind, payload):
    return HEADER.pack(HEADER.size + len(payload), kind, 0, 0, 0) + payload + b"\0" * (-len(payload) % 4)


def test_messages_are_padded_to_four_bytes():
    data = message(24, b"abcde") + message(3, b"")
    assert list(split(data, len(data))) == [(24, b"abcde"), (3, b"")]


@pytest.mark.parametrize("length", [0, 15, 1000])
def test_an_impossible_length_is_refused(length):
    with pytest.raises(ValueError, match="impossible length"):
        list(split(HEADER.pack(length, 24, 0, 0, 0) + b"abcd", HEADER.size + 4))


def test_the_kernels_refusal_is_an_oserror():
    with pytest.raises(OSError, match=r"not supported|Invalid argument") as caught:
        dump(socket.NETLINK_ROUTE, 999, struct.pack("=B3x", 0))
    assert caught.value.errno in {errno.EOPNOTSUPP, errno.EINVAL}
