"""HTTP/1.1 over a socket, as much as checks and the Engine API need: one GET, and its answer with every wait bounded.

`http.client` can't go on after a wait that ran out, which an events stream needs at each quiet minute.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from time import monotonic
from types import MappingProxyType

MAX_HEAD_BYTES = 65536
MAX_BODY_BYTES = 64 * 1024 * 1024  # a list of ten thousand containers is about 20 MB
RECEIVE_BYTES = 65536


class Wire:
    """A connection on which one request is made."""

    def __init__(self, connection: socket.socket, most_bytes: int = MAX_BODY_BYTES) -> None:
        """Take the connection, and how many bytes a body may have at most."""
        self._connection = connection
        self._most_bytes = most_bytes
        self._buffer = b""
        self._is_chunked = False
        self._length: int | None = None

    def get(self, path: str, host: str, end: float, headers: Mapping[str, str] = MappingProxyType({})) -> int:
        """Send `GET path` and return the answer's status; `end` is the deadline on the monotonic clock.

        Raises TimeoutError, other OSErrors, and ValueError when the answer is not HTTP.
        """
        lines = {"Host": host, "User-Agent": "vigie", "Connection": "close", **headers}
        request = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
        self._connection.settimeout(_left_seconds(end))
        self._connection.sendall(request.encode("ascii"))
        while (size := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise ValueError("expected an HTTP answer, got a head without an end")
            self._receive(end)
        head, self._buffer = self._buffer[:size], self._buffer[size + 4 :]
        status, headers = parse_head(head)
        self._is_chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        length = headers.get("content-length")
        self._length = int(length) if length is not None and not self._is_chunked else None
        return status

    def body(self, end: float) -> bytes:
        """Return the whole body; raise as `get` does, and ValueError for one that is too long."""
        parts, size = [], 0
        for part in self._parts(end):
            parts.append(part)
            size += len(part)
            if size > self._most_bytes:
                raise ValueError(f"expected an answer of up to {self._most_bytes} bytes")
        return b"".join(parts)

    def next_part(self, end: float) -> bytes:
        """Return the next piece of a body that has no known length, b"" at its end.

        Raises TimeoutError when nothing came; it can be called again then.
        """
        if not self._is_chunked:
            if not self._buffer and not self._fill(end):
                return b""
            part, self._buffer = self._buffer, b""
            return part
        # A chunk leaves the buffer as a whole or not at all, so that a timeout within it loses nothing.
        while (size := self._buffer.find(b"\r\n")) < 0:
            self._receive(end, MAX_HEAD_BYTES)
        length = int(self._buffer[:size].partition(b";")[0], 16)
        whole = size + 2 + length + 2
        while len(self._buffer) < whole:
            self._receive(end, whole)
        part, self._buffer = self._buffer[size + 2 : whole - 2], self._buffer[whole:]
        return part

    def interrupt(self) -> None:
        """End the connection for whoever waits for it, on another thread too."""
        with suppress(OSError):  # it may have ended already
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _parts(self, end: float) -> Iterator[bytes]:
        if self._length is None:
            while part := self.next_part(end):
                yield part
            return
        left = self._length
        while left > 0:
            if not self._buffer:
                self._receive(end)
            part, self._buffer = self._buffer[:left], self._buffer[left:]
            left -= len(part)
            yield part

    def _receive(self, end: float, limit: int = MAX_BODY_BYTES) -> None:
        """Add to the buffer; raise ConnectionError at the end of the connection."""
        if len(self._buffer) > min(limit, self._most_bytes + MAX_HEAD_BYTES):
            raise ValueError("expected a shorter line or chunk")
        if not self._fill(end):
            raise ConnectionResetError("the connection ended within the answer")

    def _fill(self, end: float) -> bool:
        self._connection.settimeout(_left_seconds(end))
        more = self._connection.recv(RECEIVE_BYTES)
        self._buffer += more
        return bool(more)


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Return the status and the headers by lower-case name; raise ValueError when it is no HTTP answer."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/1.") or len(words) < 2 or not words[1].isdecimal():
        raise ValueError(f"expected an HTTP answer, got {first[:80]!r}")
    pairs = (line.partition(":") for line in lines)
    return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


def _left_seconds(end: float) -> float:
    left = end - monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left
