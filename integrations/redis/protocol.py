"""A client of the protocol RESP2: one connection, one command after the other, all within one deadline.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from collections.abc import Sequence
from typing import Any

from exporter.base.byte_stream import BYTES_MAX, ByteStream

DEPTH_MAX = 8


class ReplyError(Exception):
    """The server refused a command; the message is its own, such as `NOAUTH Authentication required.`."""


class Connection(ByteStream):
    """A connection to a server that speaks RESP."""

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
        self.send(b"".join(map(_encode, commands)))
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
        line = self.line()
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
        text = self.take(length)
        self.take(2)
        return text


def _encode(words: Sequence[str]) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
