"""Asks a server for one page by HTTP or HTTPS, within a deadline and up to a size: for checks of status pages."""

import base64
import ssl
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING

from exporter.base.check import DeniedError, Login, Server
from exporter.base.connect import connect
from exporter.base.wire import Wire

if TYPE_CHECKING:
    from pathlib import Path

BYTES_MAX = 1 << 20
OK, DENIED = 200, (401, 403)


class StatusPage:
    """The status page of one server; it keeps from one scrape to the next what TLS needs."""

    def __init__(self) -> None:
        self._authority: tuple[Path | None, int] | None = None
        self._context: ssl.SSLContext | None = None

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:
        """Return the page.

        Raises DeniedError for a refused login or address, OSError where nobody answers or TLS fails, TimeoutError, and
        ValueError for another status, for what is no HTTP, and for a page that is too large.
        """
        end = monotonic() + timeout_seconds
        connection = connect(server.host, server.port, timeout_seconds)
        if server.scheme == "https":
            try:
                connection = self._tls(server).wrap_socket(connection, server_hostname=server.name or server.host)
            except BaseException:
                connection.close()
                raise
        with closing(Wire(connection, BYTES_MAX)) as wire:
            status = wire.get(server.path, server.name or _host(server), end, _headers(login))
            if status in DENIED:
                raise DeniedError(f"GET {server.path}: status {status}")
            if status != OK:
                raise ValueError(f"GET {server.path}: expected status 200, got {status}")
            return wire.body(end)

    def _tls(self, server: Server) -> ssl.SSLContext:
        """Return the context with the authorities that count, read anew when their file has changed."""
        authority = server.ca_file, server.ca_file.stat().st_mtime_ns if server.ca_file else 0
        if self._context is None or authority != self._authority:
            self._context = ssl.create_default_context(cafile=server.ca_file)
            self._authority = authority
        return self._context


def _host(server: Server) -> str:
    """Return what the Host header says of an address without a name."""
    if server.host.startswith("/"):
        return "localhost"
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{host}:{server.port}"


def _headers(login: Login) -> dict[str, str]:
    if not login.password:
        return {}
    pair = base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}
