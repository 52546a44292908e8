"""Clients of the server as sockets, and what the server holds for them."""

import socket
import threading
from pathlib import Path

from exporter.http.http_messages import Response

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def echo(request):
    return Response(200, f"{request.path} {dict(request.query)}".encode() + b"\n" + b"x" * 2000)


def connect(address):
    return socket.create_connection(address, 10)


def ask(address, request=GET):
    """Return all that comes back for `request` until the server closes, or the head of what it keeps open for."""
    with connect(address) as connection:
        connection.sendall(request)
        return connection.recv(1000)


def served():
    """Return how many connections have a thread."""
    return sum(thread.name == "connection" for thread in threading.enumerate())


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def has_ended(connection):
    """Return whether the server has closed this connection, without waiting for it."""
    connection.settimeout(0)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
