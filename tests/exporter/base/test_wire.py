"""What a server sends is bounded, however it is cut into parts."""

import socket
import threading
from contextlib import closing
from time import monotonic

import pytest

from exporter.base.wire import Wire


def test_one_large_chunk_is_refused_before_all_of_it_has_come():
    here, there = socket.socketpair()
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3f00000\r\n" + b"x" * (2 << 20)

    def send():
        try:
            there.sendall(answer)
        except OSError:
            return  # it has heard enough

    sender = threading.Thread(target=send, daemon=True)
    with closing(Wire(here, 1 << 20)) as wire:
        sender.start()
        assert wire.get("/", "localhost", monotonic() + 5, {}) == 200
        with pytest.raises(ValueError, match="expected"):
            wire.body(monotonic() + 5)
    sender.join(10)
    there.close()
