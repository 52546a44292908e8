"""One kept-alive HTTP connection for one thread, whose waiting read can be ended from another.

Made of http.client, which follows no redirect and takes nothing from the environment; and because a round over a
thousand services costs a fifth of what it costs through requests.
"""

import gzip
import http.client
import select
import socket
import ssl
import zlib
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import certifi

from discovery.consul.access import Access
from vigie.core.settings import ConsulAccess

KEEP_ALIVE = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
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
        self._is_encrypted = url.startswith("https:")
        self._host = urlsplit(url).hostname
        self._prefix = urlsplit(url).path.rstrip("/")
        self._connection = _make_connection(url)
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
            self._connection.request("GET", self._prefix + path, headers=dict(headers))
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
        http.client.HTTPConnection.connect(self._connection)
        self._is_fresh = True
        # The kernel notices a peer that vanished while a query waits: within a minute, not within ten.
        for level, option, value in KEEP_ALIVE:
            self._connection.sock.setsockopt(level, option, value)
        if self._is_encrypted:
            context = _make_context(self._access.server)
            self._connection.sock = context.wrap_socket(self._connection.sock, server_hostname=self._host)


def _make_connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname or "", parts.port or 80)
    return http.client.HTTPSConnection(parts.hostname or "", parts.port or 443)


def _make_context(access: ConsulAccess) -> ssl.SSLContext:
    """Return what certificates count; the files are read again for each new connection."""
    context = ssl.create_default_context(cafile=str(access.ca_file or certifi.where()))
    if access.cert_file:
        context.load_cert_chain(access.cert_file, access.key_file, password="")
    return context
