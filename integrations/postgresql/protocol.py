"""A client of PostgreSQL's protocol 3.0: one connection, statements in one go, all within one deadline.

https://www.postgresql.org/docs/current/protocol.html

It is our own because pg8000, the lightest that speaks it alone, costs the agent 4.7 MiB, knows a time for each read
only, and takes an answer of any size.
"""

import struct
from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

from exporter.base.byte_stream import ByteStream
from exporter.base.check import DeniedError, Login, Server
from integrations.postgresql.authentication import Authentication

PROTOCOL = 3 << 16
BYTES_MAX = 16 << 20  # of all answers: 500 tables and 500 databases stay far below
MESSAGE_BYTES_MAX = 1 << 20
# SQLSTATE of a login that is refused (class 28), or that may not enter the database.
DENIED = ("28", "42501")
# Of a server that takes no connection now: too many of them, starting, stopping.
NOT_NOW = ("53300", "57P01", "57P03")


class StatementError(Exception):
    """The server refused a statement; `code` is its SQLSTATE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


class Answer(NamedTuple):
    """The rows of a statement as they came, how many there are, and when the last byte did."""

    columns: tuple[str, ...]
    data: bytes
    when: float

    def rows(self) -> list[list[bytes | None]]:
        """Return the values as text, None for NULL; raise ValueError for a row that is none."""
        return [_row(self.data, at, len(self.columns)) for at in _offsets(self.data)]


class Connection(ByteStream):
    """A connection that has logged in."""

    bytes_max = BYTES_MAX

    def __init__(self, server: Server, login: Login, authentication: Authentication, timeout_seconds: float) -> None:
        """Log in; raise DeniedError, OSError, ValueError. All calls together may take the timeout."""
        super().__init__(server.host, server.port, timeout_seconds)
        self.parameters: dict[str, str] = {}
        try:
            self._open(login, authentication)
        except BaseException:
            self._socket.close()
            raise

    def ask(self, statements: Sequence[str]) -> list[Answer | StatementError]:
        """Return the answers of statements that are sent in one go, one after the other, each on its own."""
        self.send_statements(*statements)
        return [self._answer() for _ in statements]

    def send_statements(self, *statements: str) -> None:
        """Send statements without waiting for their answers."""
        self._send(b"".join(_message(b"Q", statement.encode() + b"\0") for statement in statements))

    def leave(self) -> None:
        """Say goodbye, so that the server logs no lost connection."""
        self._send(_message(b"X", b""))

    def _open(self, login: Login, authentication: Authentication) -> None:
        words = ("user", login.user, "database", login.database or "postgres", "client_encoding", "UTF8",
                 "application_name", "vigie")  # fmt: skip
        text = b"\0".join(word.encode() for word in words) + b"\0\0"
        self._send(struct.pack("!ii", len(text) + 8, PROTOCOL) + text)
        while True:
            kind, body = self._receive_message()
            if kind == b"R":
                answer = authentication.reply(body, login)
                if answer:
                    self._send(_message(b"p", answer))
            elif kind == b"E":
                raise _refusal(body)
            elif kind == b"Z":
                break
            elif kind == b"S":
                name, _, value = body.decode("utf-8", "replace").rstrip("\0").partition("\0")
                self.parameters[name] = value
            elif kind not in {b"K", b"N"}:
                raise ValueError(f"expected an answer of PostgreSQL, got a message {kind!r}")
        if not authentication.is_done:
            raise ValueError("the server went on without an end of the login")

    def _answer(self) -> Answer | StatementError:
        columns: tuple[str, ...] = ()
        rows = bytearray()
        error: StatementError | None = None
        while True:
            kind, body = self._receive_message()
            if kind == b"D":
                rows += struct.pack("!i", len(body)) + body
            elif kind == b"T":
                columns, rows = _columns(body), bytearray()
            elif kind == b"E":
                error = StatementError(*_error(body))
            elif kind == b"Z":
                return error or Answer(columns, bytes(rows), monotonic())
            elif kind not in {b"C", b"N", b"S", b"I", b"A"}:
                raise ValueError(f"expected rows of PostgreSQL, got a message {kind!r}")

    def _receive_message(self) -> tuple[bytes, bytes]:
        head = self.take(5)
        (length,) = struct.unpack("!i", head[1:])
        if not 4 <= length <= MESSAGE_BYTES_MAX:
            raise ValueError(f"expected a message of PostgreSQL, got {head!r}")
        return head[:1], self.take(length - 4)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _refusal(body: bytes) -> Exception:
    """Return what a refused connection means."""
    code, message = _error(body)
    if code.startswith(DENIED):
        return DeniedError(message)
    if code in NOT_NOW:
        return ConnectionRefusedError(message)
    return ValueError(f"{message} ({code})")


def _error(body: bytes) -> tuple[str, str]:
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
    return fields.get(b"C", ""), fields.get(b"M", "")[:200]


def _columns(body: bytes) -> tuple[str, ...]:
    """Return the names of a RowDescription: each is followed by 18 bytes about its type."""
    names, at = [], 2
    while at < len(body):
        end = body.index(b"\0", at)
        names.append(body[at:end].decode("utf-8", "replace"))
        at = end + 19
    return tuple(names)


def _offsets(data: bytes) -> list[int]:
    offsets, at = [], 0
    while at < len(data):
        offsets.append(at + 4)
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return offsets


def _row(data: bytes, at: int, count: int) -> list[bytes | None]:
    if int.from_bytes(data[at : at + 2], "big") != count:
        raise ValueError(f"expected rows of {count} values")
    values: list[bytes | None] = []
    at += 2
    for _ in range(count):
        length = int.from_bytes(data[at : at + 4], "big", signed=True)
        at += 4
        if length < 0:
            values.append(None)
        else:
            values.append(data[at : at + length])
            at += length
    return values
