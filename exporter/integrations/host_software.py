"""What runs on this host, as far as it tells which integrations could watch it."""

import re
from pathlib import Path

from exporter.docker.client import Client, StatusError
from exporter.docker.container import Container, Inspected, understand
from exporter.kernel.process_list import read_processes

NOT_FOUND = 404
LISTENING = "0A"  # TCP_LISTEN, include/net/tcp_states.h
IN_CONTAINER = re.compile(rb"[0-9a-f]{64}")  # Docker's, podman's and containerd's ids stand in their cgroups' names


def read_containers(url: str, timeout_seconds: float) -> list[Container]:
    """Return the containers of the daemon; one that went meanwhile is left out. Raises OSError and ValueError."""
    client = Client(url, timeout_seconds)
    client.negotiate()
    containers = []
    for container_id in client.list_ids():
        try:
            containers.append(understand(client.inspect(container_id, Inspected)))
        except StatusError as error:
            if error.status != NOT_FOUND:
                raise
    return sorted(containers, key=lambda container: container.name)


def read_commands(procfs: Path) -> set[str]:
    """Return the names of the processes that run outside of containers; raise OSError where /proc can't be read."""
    return {
        process.command.decode("utf-8", "replace")
        for process in read_processes(procfs)
        if not _is_in_container(procfs / process.pid / "cgroup")
    }


def read_listening_ports(procfs: Path) -> set[int]:
    """Return the TCP ports that somebody listens on here; a table that is missing has none."""
    ports = set()
    for table in ("net/tcp", "net/tcp6"):
        try:
            lines = (procfs / table).read_text("ascii", "replace").splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if len(fields) > 3 and fields[3] == LISTENING:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def _is_in_container(cgroup: Path) -> bool:
    try:
        return IN_CONTAINER.search(cgroup.read_bytes()) is not None
    except OSError:
        return False  # it has ended, or is not ours to look at
