"""Sockets that systemd listens on and hands to the service that they belong to (sd_listen_fds(3))."""

import os
import socket
from collections.abc import Mapping

FIRST_DESCRIPTOR = 3


def inherited_sockets(environ: Mapping[str, str] = os.environ, process: int | None = None) -> list[socket.socket]:
    """Return the sockets that were handed to this process, [] when there are none; raise OSError for no socket."""
    if environ.get("LISTEN_PID") != str(process or os.getpid()):
        return []
    count = environ.get("LISTEN_FDS", "")
    if not (count.isascii() and count.isdigit()):
        return []
    sockets = []
    for descriptor in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(count)):
        os.set_inheritable(descriptor, False)
        sockets.append(socket.socket(fileno=descriptor))
    return sockets
