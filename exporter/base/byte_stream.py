"""A connection to a server that a check reads by lines and lengths: one deadline for all of it, and bounded answers."""

from time import monotonic
from typing import ClassVar, Self

from exporter.base.connect import connect

BYTES_MAX = 8 << 20  # of one answer: a server with thousands of commands and clients stays far below
LINE_BYTES_MAX = 64 << 10


class ByteStream:
    """A connection and what has come on it; every method raises OSError, and TimeoutError when the time is over.

    A protocol that is read otherwise than by `line` and `take` has a class of its own, made of `_send` and `_fill`.
    """

    bytes_max: ClassVar[int] = BYTES_MAX

    def __init__(self, host: str, port: int, timeout_seconds: float) -> None:
        """Connect; raise OSError. Everything together may take the timeout."""
        self._end = monotonic() + timeout_seconds
        self._socket = connect(host, port, timeout_seconds)
        self._buffer, self._at, self._received = bytearray(), 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, request: bytes) -> None:
        """Send a request; what comes from now on is its answer, of at most `bytes_max`."""
        self._received = 0
        self._send(request)

    def line(self) -> bytes:
        """Return the next line without its end; raise ValueError for one that is too long."""
        while (end := self._buffer.find(b"\r\n", self._at)) < 0:
            if len(self._buffer) - self._at > LINE_BYTES_MAX:
                raise ValueError(f"expected a line of at most {LINE_BYTES_MAX} bytes, got more")
            self._receive()
        line = bytes(self._buffer[self._at : end])
        self._at = end + 2
        return line

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes; raise ValueError where that are too many."""
        if not 0 <= length <= self.bytes_max:
            raise ValueError(f"expected at most {self.bytes_max} bytes, got {length}")
        self._fill(length)
        taken = bytes(self._buffer[self._at : self._at + length])
        self._at += length
        return taken

    def _send(self, data: bytes) -> None:
        """Send a part of a conversation whose answers count together."""
        self._arm()
        self._socket.sendall(data)

    def _fill(self, length: int) -> None:
        """Have so many bytes at hand, from `_at` of the buffer on."""
        while len(self._buffer) - self._at < length:
            self._receive()

    def _receive(self) -> None:
        self._arm()
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionResetError("the server closed the connection in the middle of an answer")
        self._received += len(received)
        if self._received > self.bytes_max:
            raise ValueError(f"expected answers of at most {self.bytes_max} bytes, got more")
        del self._buffer[: self._at]
        self._at = 0
        self._buffer += received

    def _arm(self) -> None:
        """Let the next call to the socket take what is left of the time; raise TimeoutError when nothing is."""
        left_seconds = self._end - monotonic()
        if left_seconds <= 0:
            raise TimeoutError("the server did not answer in time")
        self._socket.settimeout(left_seconds)
