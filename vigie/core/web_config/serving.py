"""Serves a WSGI application on HOST:PORT, behind a `web.config.file` when there is one."""

from typing import Any

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.wsgi import Server as HttpServer

from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.web_config.gate import Gate
from vigie.core.web_config.gated import GateAdapter


class _Headers(HeaderReader):
    """Drops `X_Forwarded_User`, which would be taken for the `X-Forwarded-User` that proxies strip."""

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name  # cheroot's own DropUnderscoreHeaderReader looks for text in bytes


class _Request(HTTPRequest):
    header_reader = _Headers()


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request


def server(listen_address: str, application: Any, gate: Gate | None, threads: int) -> HttpServer:
    """Return a server bound to HOST:PORT, with the gate's TLS if there is any.

    Raises UsageProblemError for a bad address, ProblemError for one in use.
    """
    host, colon, port = listen_address.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise UsageProblemError(f"web.listen-address: {listen_address!r} is not right: expected HOST:PORT")
    http_server = HttpServer((host.strip("[]") or "0.0.0.0", int(port)), application, numthreads=threads)  # noqa: S104 - asked for
    http_server.ConnectionClass = _Connection
    if gate and gate.is_tls:
        http_server.ssl_adapter = GateAdapter(gate)
    try:
        http_server.prepare()
    except OSError as error:
        raise ProblemError(f"can't listen on {listen_address}: {error}; choose another --web.listen-address") from error
    return http_server
