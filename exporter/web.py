"""A small HTTP/1.1 server for GET: one thread for each connection, and every client bounded in size and time.

The standard library's server costs 8 MiB and a fifth more CPU for each scrape; what Prometheus needs of HTTP is little.
"""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from time import monotonic
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import structlog

try:
    from isal import isal_zlib as deflate  # a quarter of zlib's time, which is a fifth of a scrape
except ImportError:  # no wheel for this processor
    import zlib as deflate  # type: ignore[no-redef]

log = structlog.get_logger()

HEAD_BYTES = 16384
# A scraper that asks every 15 s or every minute keeps its connection; one that went away does not keep ours.
IDLE_SECONDS = 120.0
REQUEST_SECONDS = 5.0
GZIP_LEVEL = 1  # zlib's level 6 costs three times as much for a page an eighth smaller; isal has no more than 3
GZIP_WINDOW = 31  # zlib.compressobj: 16 for the gzip format, plus the largest window


class Request(NamedTuple):
    """A parsed request; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]


class Response(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class BadRequestError(Exception):
    """The client asks for what we don't do; `status` says what."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


Handler = Callable[[Request], Response]


def parse_request(head: bytes) -> Request:
    """Return the request of a head without its blank line; raise BadRequestError."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    headers = {}
    for line in lines[1:]:
        name, separator, value = line.partition(":")
        if not separator or not name or name != name.strip():
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
        headers[name.lower()] = value.strip()
    if words[2] == "HTTP/1.0":
        headers.setdefault("connection", "close")
    try:
        url = urlsplit(words[1])
        query = parse_qs(url.query, max_num_fields=1000)
    except ValueError as error:
        raise BadRequestError(HTTPStatus.BAD_REQUEST) from error
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if words[0] not in {"GET", "HEAD"}:
        raise BadRequestError(HTTPStatus.METHOD_NOT_ALLOWED)
    return Request(words[0], url.path, query, headers)


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


def format_response(request: Request, response: Response, *, keeps: bool) -> bytes:
    """Return the bytes to send: head and body, the body compressed when the client takes it, and left out for HEAD."""
    body, headers = response.body, [("Content-Type", response.content_type), *response.headers]
    if len(body) > 1024 and accepts_gzip(request):
        body = gzip(body)
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    headers.append(("Connection", "keep-alive" if keeps else "close"))
    phrase = HTTPStatus(response.status).phrase
    head = f"HTTP/1.1 {response.status} {phrase}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode("latin-1") + b"\r\n" + (b"" if request.method == "HEAD" else body)


class Server:
    """Listens on one or more addresses and hands each request to `handler`."""

    def __init__(self, handler: Handler, addresses: list[tuple[str, int]], max_connections: int = 64) -> None:
        """Bind all addresses; raise OSError with the address in its text when one can't be had."""
        self._handler = handler
        self._slots = threading.BoundedSemaphore(max_connections)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_closing = False
        self._listeners: list[socket.socket] = []
        try:
            for address in addresses:
                self._listeners.append(listen(*address))
        except OSError:
            self.close()
            raise

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Return where it listens, with the ports that the system chose for port 0."""
        return [listener.getsockname()[:2] for listener in self._listeners]

    def start(self) -> None:
        """Accept connections, on a thread for each address."""
        for listener in self._listeners:
            threading.Thread(target=self._accept, args=(listener,), name="accept", daemon=True).start()

    def close(self) -> None:
        """Stop listening and close idle connections; a request that is being answered is still answered."""
        self._is_closing = True
        for listener in self._listeners:
            _shut(listener)
            listener.close()
        with self._lock:
            for connection in self._open:
                _shut(connection, socket.SHUT_RD)

    def _accept(self, listener: socket.socket) -> None:
        while not self._is_closing:
            try:
                connection, _ = listener.accept()
            except OSError:
                continue  # closed, or the client was gone already
            if not self._slots.acquire(blocking=False):
                connection.close()  # shed: a client that opens more is not worth a thread
                continue
            threading.Thread(target=self._serve, args=(connection,), name="connection", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not self._is_closing and self._answer(connection):
                pass
        except OSError:
            pass  # the client went away or was too slow: its own loss
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()
            self._slots.release()

    def _answer(self, connection: socket.socket) -> bool:
        """Answer one request; return whether the connection is kept."""
        head = read_head(connection)
        if not head:
            return False
        try:
            request = parse_request(head)
            response = self._handler(request)
            keeps = request.headers.get("connection", "").lower() != "close" and not self._is_closing
        except BadRequestError as error:
            request, keeps = Request("GET", "", {}, {}), False
            response = Response(error.status, f"{error.status.value} {error.status.phrase}\n".encode())
        connection.settimeout(REQUEST_SECONDS)
        connection.sendall(format_response(request, response, keeps=keeps))
        return keeps


def read_head(connection: socket.socket) -> bytes:
    """Return a request's head, b"" when the client closed or sent too much.

    Raises OSError when the client is slow: silent for `IDLE_SECONDS`, or longer than `REQUEST_SECONDS` over one head.
    """
    connection.settimeout(IDLE_SECONDS)
    head = connection.recv(HEAD_BYTES)
    deadline = monotonic() + REQUEST_SECONDS
    while head and not head.endswith(b"\r\n\r\n"):
        connection.settimeout(max(0.001, deadline - monotonic()))
        more = connection.recv(HEAD_BYTES)
        head += more
        if not more or len(head) > HEAD_BYTES:
            return b""
    return head[:-4]


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; "" means all addresses, IPv6 and IPv4. Raises OSError that names the address."""
    family = socket.AF_INET6 if ":" in host or (not host and socket.has_dualstack_ipv6()) else socket.AF_INET
    try:
        return socket.create_server(
            (host, port), family=family, backlog=128, dualstack_ipv6=family == socket.AF_INET6 and not host
        )
    except OSError as error:
        raise OSError(error.errno, f"{host or '*'}:{port}: {error.strerror}") from error


def _shut(connection: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    with suppress(OSError):  # not connected any more
        connection.shutdown(how)
