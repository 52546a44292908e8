"""A client of D-Bus, as much of it as reading properties takes: method calls over a unix socket, many at a time.

https://dbus.freedesktop.org/doc/dbus-specification.html
"""

import os
import socket
import struct
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import NamedTuple, Self

from exporter.kernel.dbus_types import Body

METHOD_CALL, METHOD_RETURN, ERROR = 1, 2, 3
PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SIGNATURE = 1, 2, 3, 4, 5, 6, 8
HEADER_BYTES = 16  # up to the header's fields
MESSAGE_BYTES = 128 * 1024 * 1024  # the specification's limit
AUTHENTICATION_BYTES = 16384
# The system bus ends a connection that waits for more replies than this: max_replies_per_connection is 128.
CALLS_AT_ONCE = 100


class Call(NamedTuple):
    """A method call that is ready but for its serial number."""

    body_bytes: int
    rest: bytes


@lru_cache(maxsize=4096)
def make_call(destination: str, path: str, interface: str, member: str, *arguments: str) -> Call:
    """Return a call of a method that takes strings."""
    named = ((PATH, "o", path), (DESTINATION, "s", destination), (INTERFACE, "s", interface), (MEMBER, "s", member))
    fields = b""
    for code, kind, text in named:
        fields = _pad(fields, 8) + bytes((code, 1, ord(kind), 0)) + _string(text)
    body = b""
    if arguments:
        fields = _pad(fields, 8) + bytes((SIGNATURE, 1, ord("g"), 0, len(arguments)))
        fields += b"s" * len(arguments) + b"\0"
        for argument in arguments:
            body = _pad(body, 4) + _string(argument)
    return Call(len(body), struct.pack("<I", len(fields)) + _pad(fields, 8) + body)


class Reply(NamedTuple):
    """What came back: values of a signature, or the error's name."""

    error: str
    signature: str
    body: bytes
    is_little: bool

    def values(self) -> tuple[object, ...]:
        """Return the values; raise ConnectionError when the call failed, ValueError when they are not as they say."""
        if self.error:
            raise ConnectionError(f"D-Bus: {self.error}")
        return Body(self.body, is_little=self.is_little).read(self.signature)


class Connection:
    """A connection to a bus or to a peer, for as long as `with` lasts; everything on it ends at its deadline."""

    def __init__(self, channel: socket.socket, deadline_seconds: float, *, is_bus: bool) -> None:
        self._channel = channel
        self._end = monotonic() + deadline_seconds
        self._received = bytearray()
        self._serial = 0
        self._is_bus = is_bus

    def __enter__(self) -> Self:
        """Say who we are; raise OSError when that is not accepted."""
        try:
            self._authenticate()
            if self._is_bus:
                bus = "org.freedesktop.DBus"
                self.ask([make_call(bus, "/org/freedesktop/DBus", bus, "Hello")])[0].values()
        except BaseException:
            self._channel.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._channel.close()

    def ask(self, calls: Sequence[Call]) -> list[Reply]:
        """Return the replies in the order of the calls; raise OSError, TimeoutError at the deadline, ValueError."""
        replies: list[Reply] = []
        for begin in range(0, len(calls), CALLS_AT_ONCE):
            replies += self._ask(calls[begin : begin + CALLS_AT_ONCE])
        return replies

    def _ask(self, calls: Sequence[Call]) -> list[Reply]:
        serials = range(self._serial + 1, self._serial + 1 + len(calls))
        self._serial += len(calls)
        self._send(b"".join(_message(call, serial) for call, serial in zip(calls, serials, strict=True)))
        replies: dict[int, Reply] = {}
        while len(replies) < len(calls):
            serial, reply = parse_message(self._receive_message())
            if serial in serials:  # not a signal, which a peer sends to everybody
                replies[serial] = reply
        return [replies[serial] for serial in serials]

    def _authenticate(self) -> None:
        """Authenticate by the socket's credentials (EXTERNAL), as every local client does."""
        self._send(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n")
        while b"\r\n" not in self._received:
            if len(self._received) > AUTHENTICATION_BYTES:
                raise ConnectionError("D-Bus: no end of the answer to AUTH")
            self._receive()
        answer, _, rest = self._received.partition(b"\r\n")
        if not answer.startswith(b"OK "):
            raise PermissionError(f"D-Bus: AUTH EXTERNAL was answered {bytes(answer[:80])!r}")
        self._received = rest
        self._send(b"BEGIN\r\n")

    def _receive_message(self) -> bytes:
        self._receive_until(HEADER_BYTES)
        size = message_bytes(self._received)
        self._receive_until(size)
        message = bytes(self._received[:size])
        del self._received[:size]
        return message

    def _receive_until(self, size: int) -> None:
        while len(self._received) < size:
            self._receive()

    def _receive(self) -> None:
        self._channel.settimeout(self._left_seconds())
        received = self._channel.recv(65536)
        if not received:
            raise ConnectionError("D-Bus: the connection was closed")
        self._received += received

    def _send(self, data: bytes) -> None:
        self._channel.settimeout(self._left_seconds())
        self._channel.sendall(data)

    def _left_seconds(self) -> float:
        left_seconds = self._end - monotonic()
        if left_seconds <= 0:
            raise TimeoutError("D-Bus: no answer in time")
        return left_seconds


def connect(path: Path, timeout_seconds: float) -> socket.socket:
    """Return a socket that is connected to a unix socket's path; raise OSError."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        channel.settimeout(timeout_seconds)
        channel.connect(str(path))
    except BaseException:
        channel.close()
        raise
    return channel


def message_bytes(header: bytes | bytearray) -> int:
    """Return how long the message is that begins with these 16 bytes; raise ValueError."""
    body_bytes, _, fields_bytes = struct.unpack_from(_order(header) + "III", header, 4)
    size: int = HEADER_BYTES + fields_bytes + -fields_bytes % 8 + body_bytes
    if size > MESSAGE_BYTES:
        raise ValueError(f"D-Bus: a message of {size} bytes")
    return size


def parse_message(message: bytes) -> tuple[int, Reply]:
    """Return the serial number that a message replies to, 0 when it is no reply, and the reply; raise ValueError."""
    order = _order(message)
    (fields_bytes,) = struct.unpack_from(order + "I", message, 12)
    end = HEADER_BYTES + fields_bytes
    fields = _parse_fields(message, end, order)
    error = str(fields.get(ERROR_NAME) or "error without a name") if message[1] == ERROR else ""
    serial = fields.get(REPLY_SERIAL, 0) if message[1] in {METHOD_RETURN, ERROR} else 0
    body = message[end + -end % 8 :]
    return int(serial), Reply(error, str(fields.get(SIGNATURE, "")), body, order == "<")


def _parse_fields(message: bytes, end: int, order: str) -> dict[int, str | int]:
    """Return the header's fields by their codes: an array of (byte, variant), whose variants are of few types."""
    fields: dict[int, str | int] = {}
    offset = HEADER_BYTES
    try:
        while offset < end:
            offset += -offset % 8
            code, kind = message[offset], message[offset + 2]
            length: int
            if kind == ord("g"):
                length, offset = message[offset + 4], offset + 5
            else:
                (length,) = struct.unpack_from(order + "I", message, offset + 4)
                offset += 8
            if kind == ord("u"):
                fields[code] = length
            else:
                fields[code] = message[offset : offset + length].decode("ascii", "replace")
                offset += length + 1
    except (IndexError, struct.error) as error:
        raise ValueError("D-Bus: a header that ends too early") from error
    return fields


def _order(message: bytes | bytearray) -> str:
    if message[0] not in b"lB":
        raise ValueError(f"D-Bus: expected a message, got {bytes(message[:16])!r}")
    return "<" if message[0] == ord("l") else ">"


def _message(call: Call, serial: int) -> bytes:
    return struct.pack("<cBBBII", b"l", METHOD_CALL, 0, 1, call.body_bytes, serial) + call.rest


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<I", len(encoded)) + encoded + b"\0"


def _pad(data: bytes, size: int) -> bytes:
    return data + b"\0" * (-len(data) % size)
