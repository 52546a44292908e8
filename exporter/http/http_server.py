"""A small HTTP/1.1 server for GET: one thread for each connection, and every client bounded in size and time.

The standard library's server costs 8 MiB and a fifth more CPU for each scrape; what Prometheus needs of HTTP is little.
"""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from time import monotonic, sleep

import structlog

from exporter.http import http_connections
from exporter.http.http_connections import Connection
from exporter.http.http_messages import BadRequestError, Handler, Request, Response, format_response, parse_request
from vigie.core.thread_restarts import watched_thread
from vigie.core.web_config.gate import Gate

log = structlog.get_logger()

MAX_CONNECTIONS = 64
FULL = format_response(None, Response(HTTPStatus.SERVICE_UNAVAILABLE, b"Too many connections\n"), keeps=False)
PLAIN_ON_TLS = Response(HTTPStatus.BAD_REQUEST, b"Client sent an HTTP request to an HTTPS server.\n")
FAILED = Response(HTTPStatus.INTERNAL_SERVER_ERROR, b"500 Internal Server Error\n")
ACCEPT_PAUSE_SECONDS = 0.1
MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96
BACKLOG = 128
VSOCK = "vsock://"  # as exporter-toolkit writes it, where others have a host


class HttpServer:
    """Listens on one or more addresses and hands each request that the gate lets through to the handler.

    When all places are taken, the client that keeps us waiting longest loses its own to the next one; only when a
    request is being answered at every place is the next one sent away.
    """

    def __init__(
        self,
        addresses: list[tuple[str, int]],
        max_connections: int = MAX_CONNECTIONS,
        gate: Gate | None = None,
        inherited: Sequence[socket.socket] = (),
    ) -> None:
        """Bind all addresses (`inherited` listen already); raise OSError that names one that can't be had."""
        self._handler: Handler = refuse
        self._gate = gate
        self._max_connections = max_connections
        self._open: set[Connection] = set()
        self._lock = threading.Condition()  # told of whoever leaves
        self._is_closing, self._listeners = False, list(inherited)
        try:
            for address in addresses:
                self._listeners.append(listen(*address))
        except OSError:
            self.close()
            raise

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Return where it listens, with the ports that the system chose for port 0; `VSOCK` stands for no host."""
        names = ((listener.family, listener.getsockname()) for listener in self._listeners)
        return [(VSOCK, name[1]) if family == socket.AF_VSOCK else name[:2] for family, name in names]

    def start(self, handler: Handler) -> None:
        """Accept connections, on a thread for each address, and answer with what `handler` returns."""
        self._handler = handler
        for listener in self._listeners:
            watched_thread("accept", partial(self._accept, listener)).start()

    def close(self) -> None:
        """Stop listening, close idle connections, and wait until requests that are being answered have been."""
        self._is_closing = True
        for listener in self._listeners:
            with suppress(OSError):  # wakes the thread that accepts
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            still_open = frozenset(self._open)
            for connection in still_open:
                connection.shut(socket.SHUT_RD)
            self._lock.wait_for(lambda: still_open.isdisjoint(self._open), http_connections.REQUEST_SECONDS)

    def _accept(self, listener: socket.socket) -> None:
        while not self._is_closing:
            try:
                client, _ = listener.accept()
            except OSError:  # we close, no descriptor is free, or the client was gone already
                sleep(ACCEPT_PAUSE_SECONDS)
                continue
            connection = Connection(client)
            if self._take_place(connection):
                self._start(connection)
            else:
                self._send_away(client)

    def _take_place(self, connection: Connection) -> bool:
        with self._lock:
            if len(self._open) >= self._max_connections:
                waiting = [place for place in self._open if not place.is_working]
                if not waiting:
                    return False
                longest = min(waiting, key=lambda place: place.since)
                self._open.discard(longest)
                longest.end()
            self._open.add(connection)
            return True

    def _send_away(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(0)
            if self._gate is None or not self._gate.is_tls:
                client.send(FULL)

    def _start(self, connection: Connection) -> None:
        try:
            connection.start(self._serve)
        except RuntimeError as error:
            log.warning("connection closed", reason=str(error))
            self._leave_place(connection)

    def _leave_place(self, connection: Connection) -> None:
        connection.socket.close()
        with self._lock:
            self._open.discard(connection)
            self._lock.notify_all()

    def _serve(self, connection: Connection) -> None:
        try:
            if connection.socket.family in {socket.AF_INET, socket.AF_INET6}:
                connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._gate is not None and not self._let_in(connection, self._gate):
                return
            # Who connects has something to ask; only who has asked may take his time for the next question.
            patience_seconds = http_connections.REQUEST_SECONDS
            while not self._is_closing and not connection.is_ended and self._answer(connection, patience_seconds):
                patience_seconds = http_connections.IDLE_SECONDS
        except OSError as error:  # the client went away, was too slow, or failed in its handshake: its own loss
            log.debug("connection ended", reason=str(error))
        finally:
            self._leave_place(connection)

    def _let_in(self, connection: Connection, gate: Gate) -> bool:
        """Do the TLS handshake where there is one; return whether requests may follow."""
        context = gate.context()
        if context is None:
            return True
        if not connection.speaks_tls():
            connection.send(format_response(None, PLAIN_ON_TLS, keeps=False))
            connection.linger()
            return False
        connection.is_admitted = gate.admits(connection.secure(context).getpeercert())
        return True

    def _answer(self, connection: Connection, patience_seconds: float) -> bool:
        """Answer one request; return whether the connection is kept."""
        try:
            head = connection.read_head(patience_seconds)
            if not head:
                return False
            request = parse_request(head)
        except BadRequestError as error:
            connection.since = monotonic()
            connection.send(format_response(None, error.response(), keeps=False))
            connection.linger()
            return False
        connection.is_working = True
        response = self._handle(request) if self._gate is None else self._ask(self._gate, connection, request)
        # A body means nothing here, and where it ends need not be known: the connection ends with the answer.
        keeps = request.keeps and not request.has_body and not self._is_closing
        answer = format_response(request, response, keeps=keeps)
        connection.since = monotonic()
        connection.is_working = False
        connection.send(answer)
        if request.has_body:
            connection.linger()
        return keeps

    def _ask(self, gate: Gate, connection: Connection, request: Request) -> Response:
        """Return the handler's response, or why the gate refuses; with the headers of the configuration."""
        authorization = request.headers.get("authorization", "")
        refusal = gate.refusal(request.path, authorization, is_admitted=connection.is_admitted)
        if refusal is None:
            response = self._handle(request)
        else:
            response = Response(refusal.status, f"{refusal.reason}\n".encode(), headers=refusal.headers)
        if not gate.headers:
            return response
        return response._replace(headers=tuple({**dict(gate.headers), **dict(response.headers)}.items()))

    def _handle(self, request: Request) -> Response:
        """Return the handler's response; the one place where its errors are caught."""
        try:
            return self._handler(request)
        except Exception:
            log.exception("a request failed", path=request.path)
            return FAILED


def refuse(_: Request) -> Response:
    """Answer as long as nobody has said how."""
    return FAILED


def plain_address(host: str) -> str:
    """Return an IPv6 address in its shortest spelling, and the IPv4 address that one is mapped from; else the host."""
    try:
        packed = socket.inet_pton(socket.AF_INET6, host)
    except OSError:
        return host
    if packed.startswith(MAPPED):
        return socket.inet_ntop(socket.AF_INET, packed[len(MAPPED) :])
    return socket.inet_ntop(socket.AF_INET6, packed)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; "" and `::` mean all addresses of both kinds. Raises OSError with the address."""
    if host == VSOCK:
        return _listen_vsock(port)
    plain = plain_address(host)
    is_dual = plain in {"", "::"} and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if ":" in plain or is_dual else socket.AF_INET
    address = (plain, port)
    try:
        if "%" in plain:  # of a link: the index of its device goes with it
            address = socket.getaddrinfo(plain, port, family, socket.SOCK_STREAM)[0][4]  # type: ignore[assignment]
        return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=is_dual)
    except OSError as error:
        raise OSError(error.errno, f"{host or '*'}:{port}: {error.strerror}") from error


def _listen_vsock(port: int) -> socket.socket:
    """Return a socket that a virtual machine's host can reach without a network (vsock(7)); raise OSError."""
    listener = None
    try:
        listener = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
        listener.bind((socket.VMADDR_CID_ANY, port))
        listener.listen(BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise OSError(error.errno, f"{VSOCK}:{port}: {error.strerror}") from error
    return listener
