"""A client of FastCGI, as far as one request for one page goes.

https://fastcgi-archives.github.io/FastCGI_Specification.html
"""

import struct
from collections.abc import Mapping

from exporter.base.byte_stream import ByteStream

HEADER = struct.Struct(">BBHHBx")  # version, type, request, length of the content, and of what pads it
VERSION, REQUEST = 1, 1
BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7
RESPONDER = struct.pack(">HB5x", 1, 0)  # its role, and that the connection ends with the answer
CONTENT_BYTES_MAX = 1 << 20
LONG = 1 << 31  # says that a length has four bytes


def get(stream: ByteStream, variables: Mapping[str, str]) -> bytes:
    """Return head and body of the answer to one request; raise OSError, and ValueError for what is no FastCGI."""
    pairs = b"".join(_pair(name.encode(), value.encode()) for name, value in variables.items())
    records = ((BEGIN, RESPONDER), (PARAMS, pairs), (PARAMS, b""), (STDIN, b""))
    stream.send(b"".join(HEADER.pack(VERSION, kind, REQUEST, len(text), 0) + text for kind, text in records))
    parts: list[bytes] = []
    size = 0
    while True:
        version, kind, _, length, padding = HEADER.unpack(stream.take(HEADER.size))
        if version != VERSION or kind not in {END, STDOUT, STDERR}:
            raise ValueError(f"expected an answer of FastCGI, got version {version} and type {kind}")
        content = stream.take(length)
        stream.take(padding)
        if kind == END:
            return b"".join(parts)
        if kind == STDOUT and content:  # what comes by STDERR stands in the log of PHP-FPM, too
            parts.append(content)
        size += len(content)
        if size > CONTENT_BYTES_MAX:
            raise ValueError(f"expected an answer of at most {CONTENT_BYTES_MAX} bytes, got more")


def _pair(name: bytes, value: bytes) -> bytes:
    return _length(name) + _length(value) + name + value


def _length(text: bytes) -> bytes:
    return bytes([len(text)]) if len(text) < 128 else struct.pack(">I", len(text) | LONG)
