"""Loopback ports: which ones are taken, and by whom."""

import errno
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from vigie.core.errors import ProblemError

LISTENING = "0A"  # the state in /proc/net/tcp, from the kernel's include/net/tcp_states.h


def require_free(ports: Mapping[str, int]) -> None:
    """Raise ProblemError for the first of `ports` (setting name to port) that this machine already listens on."""
    for name, port in ports.items():
        if port > 65535:
            raise ProblemError(f"{name} is {port} with the offset: ports end at 65535, choose a smaller --port-offset")
        if not _is_free(port):
            holder = _holder(port)
            raise ProblemError(
                f"port {port} is in use{f' by {holder}' if holder else ''}: stop that, or choose another port with "
                f"{_flag(name)} (or move the whole stack with --port-offset)"
            )


def _flag(name: str) -> str:
    """Return the flag that moves the port `name`; a numbered one moves with the first of its kind."""
    return "--" + re.sub(r"_\d+_port$", "_port", name).replace("_", "-")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        # As servers do: connections of an earlier run that are still closing don't count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def listener_inodes(table: str, port: int) -> set[str]:
    """Return the socket inodes that listen on `port`, from the text of /proc/net/tcp or tcp6."""
    inodes = set()
    for line in table.splitlines()[1:]:
        columns = line.split()
        if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
            inodes.add(columns[9])
    return inodes


def _holder(port: int) -> str | None:
    """Return `name (pid N)` of the process that listens on `port`, None when it is another user's."""
    tables = [Path("/proc/net", name) for name in ("tcp", "tcp6")]
    inodes = set().union(*(listener_inodes(table.read_text(), port) for table in tables if table.exists()))
    links = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(entry.readlink()) in links for entry in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:
            continue  # it ended meanwhile, or is not ours to look into
    return None
