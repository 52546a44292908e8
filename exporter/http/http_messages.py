"""What HTTP/1.1 requests and responses are: understood and printed here, without a socket."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

try:
    from isal import isal_zlib as deflate  # a quarter of zlib's time, which is a fifth of a scrape
except ImportError:  # no wheel for this processor
    import zlib as deflate  # type: ignore[no-redef]

GZIP_LEVEL = 1  # zlib's level 6 costs three times as much for a page an eighth smaller; isal has no more than 3
GZIP_WINDOW = 31  # zlib.compressobj: 16 for the gzip format, plus the largest window
PHRASES = {status.value: status.phrase for status in HTTPStatus}
METHODS = ("GET", "HEAD")
LINE_END = re.compile(r"\r?\n")  # RFC 9112, 2.2: a line feed alone may be taken for one
CONTENT_LENGTH = re.compile("[0-9]{1,18}")
Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """A parsed request; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]

    @property
    def keeps(self) -> bool:
        """Return whether the client wants to ask again on this connection."""
        return "close" not in self.headers.get("connection", "").lower()

    @property
    def has_body(self) -> bool:
        """Return whether a body follows the head."""
        return self.headers.get("content-length", "0").strip("0") != "" or "transfer-encoding" in self.headers


class Response(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Headers = ()


class BadRequestError(Exception):
    """The client asks for what we don't do; `status` says what."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status

    def response(self) -> Response:
        """Return what the client is told."""
        headers: Headers = ()
        if self.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers = (("Allow", ", ".join(METHODS)),)
        return Response(self.status, f"{self.status.value} {self.status.phrase}\n".encode(), headers=headers)


Handler = Callable[[Request], Response]


def parse_request(head: bytes) -> Request:
    """Return the request of a head without its blank line; raise BadRequestError."""
    lines = LINE_END.split(head.decode("latin-1"))
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, separator, value = line.partition(":")
        if not separator or not name or name != name.strip():
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
        headers[name.lower()] = value.strip()
    if words[2] == "HTTP/1.0":
        headers.setdefault("connection", "close")
    if words[0] not in METHODS:
        raise BadRequestError(HTTPStatus.METHOD_NOT_ALLOWED)
    if not CONTENT_LENGTH.fullmatch(headers.get("content-length", "0")):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    path, query = parse_target(words[1])
    return Request(words[0], path, query, headers)


def parse_target(target: str) -> tuple[str, Mapping[str, list[str]]]:
    """Return path and query of what is asked for; raise BadRequestError."""
    try:
        if target.startswith("/"):  # `//metrics` is a path, and names no host
            path, _, query = target.partition("#")[0].partition("?")
        else:
            url = urlsplit(target)
            path, query = url.path, url.query
        return path, parse_qs(query, keep_blank_values=True, max_num_fields=1000) if query else {}
    except ValueError as error:
        raise BadRequestError(HTTPStatus.BAD_REQUEST) from error


def accepts_gzip(request: Request) -> bool:
    """Return whether the client takes gzip (RFC 9110, 12.5.3): named, and not with a weight of 0."""
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def gzip(body: bytes) -> bytes:
    """Return `body` in the gzip format."""
    compressor = deflate.compressobj(GZIP_LEVEL, deflate.DEFLATED, GZIP_WINDOW)
    return compressor.compress(body) + compressor.flush()


def format_response(request: Request | None, response: Response, *, keeps: bool) -> bytes:
    """Return the bytes to send: head and body, the body compressed when the client takes it, and left out for HEAD.

    `request` is None when it could not be understood.
    """
    body, headers = response.body, [("Content-Type", response.content_type), *response.headers]
    if len(body) > 1024 and request is not None and accepts_gzip(request):
        body = gzip(body)
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    headers.append(("Connection", "keep-alive" if keeps else "close"))
    head = f"HTTP/1.1 {response.status:d} {PHRASES[response.status]}\r\n" + "".join([
        f"{name}: {value}\r\n" for name, value in headers
    ])  # fmt: skip
    return head.encode("latin-1") + b"\r\n" + (b"" if request is not None and request.method == "HEAD" else body)
