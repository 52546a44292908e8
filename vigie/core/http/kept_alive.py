"""One kept-alive HTTP connection for one thread, whose waiting read can be ended from another.

For what asks the same server again and again, as discovery does with Consul: a round over a thousand services costs a
fifth of what it costs through requests. Made of http.client, which follows no redirect and takes nothing from the
environment.
"""

import gzip
import http.client
import select
import socket
import zlib
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from vigie.core.http.tls import make_client_context
from vigie.core.http.unix_socket import UnixConnection, socket_path
from vigie.core.settings import ConsulAccess, Credentials

KEEP_ALIVE = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
# What `get` raises, for bytes that are no gzip too; OSError covers the socket and TLS.
FAILURES = (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError)


class Response(NamedTuple):
    """An answer: its status, its headers by their names in lower case, its body without compression."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class RefusedConnectionError(ConnectionError):
    """A connection was accepted and closed without an answer to its first request: there are too many of them."""


class KeptAliveConnection:
    """Speaks to one address of a server; `abort` may be called from any thread."""

    def __init__(self, url: str, credentials: Credentials, connect_seconds: float) -> None:
        """Take the address; nothing is connected yet."""
        self._credentials = credentials
        parts = urlsplit(url)
        self._socket_path = socket_path(url)
        own_name = credentials.tls_server_name if isinstance(credentials, ConsulAccess) else None
        self._server_name = own_name or parts.hostname or ""
        self._is_encrypted = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._prefix = "" if self._socket_path else parts.path.rstrip("/")
        port = parts.port or (443 if self._is_encrypted else 80)
        self._connection: http.client.HTTPConnection
        if self._socket_path:
            self._connection = UnixConnection(self._socket_path, connect_seconds)
        else:
            kind = http.client.HTTPSConnection if self._is_encrypted else http.client.HTTPConnection
            self._connection = kind(self._host, port, timeout=connect_seconds)
        self._is_fresh = True

    def get(self, path: str, headers: Mapping[str, str], read_seconds: float) -> Response:
        """Return the answer of `path`; raise one of FAILURES."""
        if self._connection.sock is not None and _is_readable(self._connection.sock):
            self.close()  # the server has closed it in the meantime
        try:
            if self._connection.sock is None:
                self._connect()
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
        fields = {name.lower(): value for name, value in answer.getheaders()}
        if fields.get("content-encoding", "").lower() == "gzip":
            body = gzip.decompress(body)
        return Response(answer.status, fields, body)

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
        """Connect, with the files for TLS as they are now; what fails on the way leaves a socket that `get` closes."""
        if self._socket_path:
            self._connection.connect()
            self._is_fresh = True
            return
        context = make_client_context(self._credentials) if self._is_encrypted else None
        http.client.HTTPConnection.connect(self._connection)  # without TLS, which HTTPSConnection would add
        self._is_fresh = True
        # The kernel notices a peer that vanished while a query waits: within a minute, not within ten.
        for level, option, value in KEEP_ALIVE:
            self._connection.sock.setsockopt(level, option, value)
        if context is not None:
            self._connection.sock = context.wrap_socket(self._connection.sock, server_hostname=self._server_name)


def _is_readable(sock: socket.socket) -> bool:
    """Return whether there is something to read, which between two requests can only be the end."""
    poll = select.poll()  # select() takes no descriptor above 1023
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
