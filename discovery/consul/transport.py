"""One kept-alive HTTP connection for one thread, whose waiting read can be ended from another.

Made of http.client, which follows no redirect and takes nothing from the environment; and because a round over a
thousand services costs a fifth of what it costs through requests.
"""

import base64
import gzip
import http.client
import select
import socket
import ssl
import zlib
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import certifi

from discovery.consul.access import Access

KEEP_ALIVE = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
UNIX = "unix://"
# What http.client raises, bytes that are no gzip included; OSError covers the socket and TLS.
FAILURES = (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError)


class Response(NamedTuple):
    """An answer: its status, its headers by their names in lower case, its body without compression."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class RefusedConnectionError(ConnectionError):
    """A connection was accepted and closed without an answer to its first request: there are too many of them."""


class Transport:
    """Speaks to one address of Consul; `abort` may be called from any thread."""

    def __init__(self, url: str, access: Access) -> None:
        """Take the address; nothing is connected yet."""
        self._access = access
        self._connection = _make_connection(url, access)
        self._prefix, self._headers = _parse_prefix(url)
        self._is_fresh = True

    def get(self, path: str, headers: Mapping[str, str], read_seconds: float) -> Response:
        """Return the answer of `path`; raise one of FAILURES."""
        sock = self._connection.sock
        if sock is not None and select.select([sock], [], [], 0)[0]:
            self.close()  # the server has closed it in the meantime
        if self._connection.sock is None:
            self._connect()
        try:
            self._connection.sock.settimeout(read_seconds)
            self._connection.request("GET", self._prefix + path, headers={**self._headers, **headers})
            answer = self._connection.getresponse()
            body = answer.read()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            if self._is_fresh:
                raise RefusedConnectionError(f"accepted, and closed without an answer ({error})") from error
            raise
        except BaseException:
            self.close()
            raise
        self._is_fresh = False
        found = {name.lower(): value for name, value in answer.getheaders()}
        if found.get("content-encoding", "").lower() == "gzip":
            body = gzip.decompress(body)
        return Response(answer.status, found, body)

    def abort(self) -> None:
        """Shut the socket down in both directions: a blocked read then ends at once."""
        sock = self._connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already

    def close(self) -> None:
        """Close the connection; the next `get` makes another."""
        self._connection.close()

    def _connect(self) -> None:
        self._connection.timeout = self._access.timeout_seconds
        self._connection.connect()
        self._is_fresh = True
        if self._connection.sock.family != socket.AF_UNIX:
            # The kernel notices a peer that vanished while a query waits: within a minute, not within ten.
            for level, option, value in KEEP_ALIVE:
                self._connection.sock.setsockopt(level, option, value)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket, as Consul's agent offers it (`addresses.http`)."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        """Connect to the socket; raise OSError."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _TlsConnection(http.client.HTTPSConnection):
    """HTTPS that may expect another name in the certificate than the address has."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, server_name: str) -> None:
        super().__init__(host, port, context=context)
        self._tls, self._server_name = context, server_name

    def connect(self) -> None:
        """Connect and shake hands; raise OSError."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._server_name)


def _make_connection(url: str, access: Access) -> http.client.HTTPConnection:
    if url.startswith(UNIX):
        return _UnixConnection(unquote(url.removeprefix(UNIX)))
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{_without_password(url)!r} is no address; expected http://, https:// or unix:///PATH")
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port or 80)
    context = ssl.create_default_context(cafile=str(access.ca_file or certifi.where()))
    if access.cert_file:
        context.load_cert_chain(access.cert_file, access.key_file)
    return _TlsConnection(parts.hostname, parts.port or 443, context, access.tls_server_name or parts.hostname)


def _parse_prefix(url: str) -> tuple[str, dict[str, str]]:
    """Return the path that stands before Consul's own, and the header of a user that the address names."""
    if url.startswith(UNIX):
        return "", {}
    parts = urlsplit(url)
    if not parts.username:
        return parts.path.rstrip("/"), {}
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return parts.path.rstrip("/"), {"Authorization": "Basic " + base64.b64encode(user).decode()}


def _without_password(url: str) -> str:
    return url.rpartition("@")[2]
