"""Connects to a server of a check: by TCP, or by the unix socket whose path stands for its host."""

import socket


def connect(host: str, port: int, timeout_seconds: float) -> socket.socket:
    """Return a connection, whose every wait takes the timeout at most; raise OSError."""
    if not host.startswith("/"):
        return socket.create_connection((host, port), timeout_seconds)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(timeout_seconds)
        connection.connect(host)
    except OSError:
        connection.close()
        raise
    return connection
