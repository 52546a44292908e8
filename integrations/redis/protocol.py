"""A client of the protocol RESP2: one connection, one command after the other, all within one deadline.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

import socket
from collections.abc import Sequence
from time import monotonic
from typing import Any, Self

BYTES_MAX = 8 << 20  # of one answer: a server with thousands of commands and clients stays far below
LINE_BYTES_MAX = 64 << 10
DEPTH_MAX = 8


class ReplyError(Exception):
    """The server refused a command; the message is its own, such as `NOAUTH Authentication required.`."""


class Connection:
    """A connection to a server that speaks RESP."""

    def __init__(self, host: str, port: int, timeout_seconds: float) -> None:
        """Connect; raise OSError. All calls together may take the timeout."""
        self._end = monotonic() + timeout_seconds
        self._socket = socket.create_connection((host, port), timeout_seconds)
        self._buffer, self._at, self._received = bytearray(), 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def call(self, *words: str) -> Any:
        """Return the answer: text as bytes, numbers as int, lists, None.

        Raises ReplyError for a refusal, OSError, TimeoutError, and ValueError for what is no RESP.
        """
        (reply,) = self.call_all([words])
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def call_all(self, commands: Sequence[Sequence[str]]) -> list[Any]:
        """Return the answers of commands that are sent in one go, a ReplyError for a refusal; else as `call`."""
        self._arm()
        self._received = 0
        self._socket.sendall(b"".join(map(_encode, commands)))
        return [self._reply(DEPTH_MAX) for _ in commands]

    def text(self, *words: str) -> str:
        """Return the answer of a command that gives a text; raise ValueError for another kind, else as `call`."""
        reply = self.call(*words)
        if not isinstance(reply, bytes):
            raise ValueError(f"{words[0]}: expected a text, got {type(reply).__name__}")  # noqa: TRY004 - not ours, the server's mistake
        return reply.decode("utf-8", "surrogateescape")

    def values(self, *words: str) -> list[Any]:
        """Return the answer of a command that gives a list; raise ValueError for another kind, else as `call`."""
        reply = self.call(*words)
        if not isinstance(reply, list):
            raise ValueError(f"{words[0]}: expected a list, got {type(reply).__name__}")  # noqa: TRY004 - not ours, the server's mistake
        return reply

    def _reply(self, depth: int) -> Any:
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest
        if kind == b"-":
            return ReplyError(rest.decode("utf-8", "replace")[:200])
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return self._bulk(int(rest))
        if kind == b"*" and depth:
            return [self._reply(depth - 1) for _ in range(self._length(rest))] if rest != b"-1" else None
        raise ValueError(f"expected an answer of Redis, got {line[:40]!r}")

    def _length(self, text: bytes) -> int:
        length = int(text)
        if not 0 <= length <= BYTES_MAX:
            raise ValueError(f"expected a list of Redis, got one of {length} members")
        return length

    def _bulk(self, length: int) -> bytes | None:
        if length == -1:
            return None
        if not 0 <= length <= BYTES_MAX:
            raise ValueError(f"expected a text of at most {BYTES_MAX} bytes, got one of {length}")
        while len(self._buffer) - self._at < length + 2:
            self._receive()
        text = bytes(self._buffer[self._at : self._at + length])
        self._at += length + 2
        return text

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n", self._at)) < 0:
            if len(self._buffer) - self._at > LINE_BYTES_MAX:
                raise ValueError(f"expected a line of at most {LINE_BYTES_MAX} bytes, got more")
            self._receive()
        line = bytes(self._buffer[self._at : end])
        self._at = end + 2
        return line

    def _receive(self) -> None:
        self._arm()
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionResetError("the server closed the connection in the middle of an answer")
        self._received += len(received)
        if self._received > BYTES_MAX:
            raise ValueError(f"expected an answer of at most {BYTES_MAX} bytes, got more")
        if self._at == len(self._buffer):
            self._buffer.clear()
            self._at = 0
        self._buffer += received

    def _arm(self) -> None:
        """Let the next call to the socket take what is left of the time; raise TimeoutError when nothing is."""
        left_seconds = self._end - monotonic()
        if left_seconds <= 0:
            raise TimeoutError("the server did not answer in time")
        self._socket.settimeout(left_seconds)


def _encode(words: Sequence[str]) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
