"""XML-RPC calls without arguments, over HTTP, HTTPS or a unix socket, and their answers.

HTTP/1.0 is spoken, so that the answer ends with the connection. https://xmlrpc.com/spec.md
"""

import socket
import ssl
from base64 import b64encode
from contextlib import closing
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from xml.parsers import expat

MOST_BYTES = 16 * 1024 * 1024
MOST_DEPTH = 50
RECEIVE_BYTES = 65536
DEFAULT_PATH = "/RPC2"
PORTS = {"http": 80, "https": 443}
UNIX = "unix"


def ask(url: str, method: str, timeout_seconds: float) -> bytes:
    """Return the body of the answer to a call; `url` is http://…, https://… or unix:///PATH.

    Raises OSError, and ValueError for another URL or an answer that is not HTTP's 200. Neither tells a password.
    """
    parts = urlsplit(url)
    end = monotonic() + timeout_seconds
    with closing(_connect(parts, timeout_seconds)) as channel:
        channel.sendall(_request(parts, method))
        answer = _receive(channel, end)
    head, separator, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if not separator or not head.startswith(b"HTTP/1.") or len(words) < 2:
        raise ValueError(f"expected an HTTP answer, got {answer[:80]!r}")
    if words[1] != b"200":
        raise ValueError(f"expected status 200, got {head.split(bytes((13, 10)), 1)[0][:80].decode('latin-1')}")
    return body


def _connect(parts: SplitResult, timeout_seconds: float) -> socket.socket:
    if parts.scheme == UNIX:
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.settimeout(timeout_seconds)
        channel.connect(unquote(parts.path))
        return channel
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("expected http://HOST:PORT/PATH, https://HOST:PORT/PATH or unix:///PATH")
    channel = socket.create_connection((parts.hostname, parts.port or PORTS[parts.scheme]), timeout_seconds)
    if parts.scheme == "https":
        return ssl.create_default_context().wrap_socket(channel, server_hostname=parts.hostname)
    return channel


def _request(parts: SplitResult, method: str) -> bytes:
    body = f'<?xml version="1.0"?><methodCall><methodName>{method}</methodName><params/></methodCall>'.encode()
    is_unix = parts.scheme == UNIX
    lines = [
        f"POST {DEFAULT_PATH if is_unix else parts.path or '/'} HTTP/1.0",
        f"Host: {'unix' if is_unix else parts.netloc.rpartition('@')[2]}",
        "User-Agent: vigie",
        "Content-Type: text/xml",
        f"Content-Length: {len(body)}",
    ]
    if parts.username is not None and not is_unix:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Authorization: Basic {b64encode(credentials.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _receive(channel: socket.socket, end: float) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        channel.settimeout(left)
        chunk = channel.recv(RECEIVE_BYTES)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise ValueError(f"expected an answer of at most {MOST_BYTES} bytes")


class _Member(NamedTuple):
    name: str
    value: Any


class _Reader:
    """Makes values of an answer's elements; a value is the last thing that ended within its parent."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.is_fault = False
        self._marks: list[int] = []
        self._texts: list[str] = []
        self._has_kind: list[bool] = []

    def start(self, name: str, _: dict[str, str]) -> None:
        if len(self._marks) >= MOST_DEPTH:
            raise ValueError("expected fewer levels")
        if self._has_kind:
            self._has_kind[-1] = True
        self.is_fault = self.is_fault or name == "fault"
        self._marks.append(len(self.values))
        self._texts.append("")
        self._has_kind.append(False)

    def data(self, text: str) -> None:
        if self._texts:
            self._texts[-1] += text

    def end(self, name: str) -> None:
        mark, text, has_kind = self._marks.pop(), self._texts.pop(), self._has_kind.pop()
        inner = self.values[mark:]
        if name in {"int", "i4", "i8", "boolean"}:
            value: Any = int(text)
        elif name == "double":
            value = float(text)
        elif name in {"string", "dateTime.iso8601", "base64", "name"} or (name == "value" and not has_kind):
            value = text
        elif name == "nil":
            value = None
        elif name == "member":
            if len(inner) != 2 or not isinstance(inner[0], str):
                raise ValueError("expected a member's name and value")
            value = _Member(*inner)
        elif name == "struct":
            value = {member.name: member.value for member in inner if isinstance(member, _Member)}
        elif name == "data":
            value = inner
        else:
            return  # it stands for what is in it
        self.values[mark:] = [value]


def parse(body: bytes) -> Any:
    """Return the value of an answer; raise ValueError for a fault, and for what is no answer."""
    parser, reader = expat.ParserCreate(), _Reader()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise ValueError(f"expected an XML-RPC answer: {error}") from error
    if reader.is_fault or len(reader.values) != 1:
        raise ValueError(f"expected one value, got {str(reader.values)[:200]}")
    return reader.values[0]


def _refuse_doctype(*_: object) -> None:
    raise ValueError("expected an XML-RPC answer without a document type")
