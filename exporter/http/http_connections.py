"""One client's connection: every wait has an end, and another thread may end it at any moment."""

import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from time import monotonic

from exporter.http.http_messages import BadRequestError

HEAD_BYTES = 16384
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
# A scraper that asks every 15 s or every minute keeps its connection; one that went away does not keep ours.
IDLE_SECONDS = 120.0
REQUEST_SECONDS = 5.0
LINGER_SECONDS = 1.0
LINGER_BYTES = 1 << 20
TLS_HANDSHAKE = b"\x16"


class Connection:
    """A socket with what its client has sent beyond the last request.

    `is_working` while a request is being answered, else `since` tells from when on the client keeps us waiting.
    """

    __slots__ = ("_rest", "is_admitted", "is_ended", "is_working", "since", "socket")

    def __init__(self, client: socket.socket) -> None:
        self.socket = client
        self.since = monotonic()
        self.is_working = False
        self.is_ended = False
        self.is_admitted = True
        self._rest = b""

    def start(self, serve: Callable[["Connection"], None]) -> None:
        """Call `serve` with this connection on a thread of its own; raise RuntimeError when there is none left."""
        threading.Thread(target=serve, args=(self,), name="connection", daemon=True).start()

    def speaks_tls(self) -> bool:
        """Return whether the client begins a TLS handshake; raise OSError when it sends nothing in time."""
        self.socket.settimeout(REQUEST_SECONDS)
        return self.socket.recv(1, socket.MSG_PEEK) in {TLS_HANDSHAKE, b""}

    def secure(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Do the TLS handshake; raise OSError when it fails or takes too long."""
        secured = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.socket = secured
        if self.is_ended:  # by another thread, which may have seen the socket that is now empty
            self.end()
        secured.settimeout(REQUEST_SECONDS)
        secured.do_handshake()
        return secured

    def read_head(self, patience_seconds: float) -> bytes:
        """Return a request's head without its blank line, b"" when the client closed.

        Raises OSError when the client is slow: silent for `patience_seconds`, or longer than `REQUEST_SECONDS` over one
        head; BadRequestError when the head is too long.
        """
        head = self._rest
        if not head:
            self.socket.settimeout(patience_seconds)
            head = self.socket.recv(HEAD_BYTES)
        end = BLANK_LINE.search(head)
        if end is None and head:
            head = self._read_on(head)
            end = BLANK_LINE.search(head)
        if end is None:
            return b""
        self._rest = head[end.end() :]
        return head[: end.start()]

    def _read_on(self, head: bytes) -> bytes:
        """Return `head` and what follows up to a blank line or beyond; b"" when the client closed."""
        deadline = monotonic() + REQUEST_SECONDS
        while BLANK_LINE.search(head) is None:
            left_seconds = deadline - monotonic()
            if left_seconds <= 0:
                raise TimeoutError
            if len(head) >= HEAD_BYTES:
                raise BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            self.socket.settimeout(left_seconds)
            more = self.socket.recv(HEAD_BYTES - len(head))
            if not more:
                return b""
            head += more
        return head

    def send(self, answer: bytes) -> None:
        """Send all of `answer`; raise OSError when the client does not take it in `REQUEST_SECONDS`."""
        self.socket.settimeout(REQUEST_SECONDS)
        self.socket.sendall(answer)

    def linger(self) -> None:
        """Take in what the client still sends, for a moment: closing before would destroy our answer on its way."""
        self.shut(socket.SHUT_WR)
        deadline, taken = monotonic() + LINGER_SECONDS, 0
        while (left_seconds := deadline - monotonic()) > 0 and taken < LINGER_BYTES:
            self.socket.settimeout(left_seconds)
            more = socket.socket.recv(self.socket, HEAD_BYTES)
            if not more:
                return
            taken += len(more)

    def end(self) -> None:
        """End it from another thread: whatever waits for the client stops waiting."""
        self.is_ended = True
        self.shut(socket.SHUT_RDWR)

    def shut(self, how: int) -> None:
        """Shut the socket itself down; TLS's own way would spoil an answer that is being sent."""
        with suppress(OSError):  # not connected any more
            socket.socket.shutdown(self.socket, how)
