"""Puts `web.config.file` before a WSGI server: TLS for each connection, users and headers for each request."""

import ssl
from collections.abc import Callable, Iterable
from typing import Any

from cheroot import errors
from cheroot.makefile import StreamReader, StreamWriter
from cheroot.ssl import Adapter

from vigie.core.web_config.gate import Gate

ADMITTED = "vigie.is_admitted"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def gated(application: Application, gate: Gate) -> Application:
    """Return the application behind the gate."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        refusal = gate.refusal(environ["PATH_INFO"], authorization, is_admitted=environ.get(ADMITTED, True))

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *gate.headers], *more)

        if refusal is None:
            return application(environ, start)
        body = refusal.reason.encode() + b"\n"
        length = ("Content-Length", str(len(body)))
        start(f"{refusal.status} {refusal.status.phrase}", [("Content-Type", "text/plain"), length, *refusal.headers])
        return [body]

    return answer


class GateAdapter(Adapter):
    """Makes each connection TLS by the gate's files as they are at that moment."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def bind(self, sock: Any) -> Any:
        """Return the listening socket as it is."""
        return sock

    def wrap(self, sock: Any) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        """Return the connection in TLS, and what its requests are told; raise cheroot's errors."""
        context = self._gate.context()
        assert context is not None  # TLS is switched off by a restart only
        try:
            connection = context.wrap_socket(sock, server_side=True)
        except ssl.SSLError as error:
            kind = errors.NoSSLError if "http request" in str(error).lower() else errors.FatalSSLAlert
            raise kind(*error.args) from error
        except OSError as error:
            raise errors.FatalSSLAlert(*error.args) from error
        return connection, {"wsgi.url_scheme": "https", ADMITTED: self._gate.admits(connection.getpeercert())}

    def get_environ(self) -> dict[str, Any]:
        """Return nothing: `wrap` tells all."""
        return {}

    def makefile(self, sock: Any, mode: str = "r", bufsize: int = -1) -> Any:
        """Return the connection as a file."""
        return (StreamReader if "r" in mode else StreamWriter)(sock, mode, bufsize)
