"""Network counters of a container, from its first process's view of /proc/net/dev."""

from functools import lru_cache
from pathlib import Path

from exporter.cgroups.files import read_once
from exporter.containers.families import NETWORK, Key
from exporter.containers.rows import Rows
from exporter.text import escape

COLUMNS = 16
# Of net/core/net-procfs.c's columns: bytes, packets, errs, drop of both directions, in the order of NETWORK.
WANTED = (0, 1, 2, 3, 8, 9, 10, 11)
IGNORED = ("lo", "veth", "docker")  # cAdvisor leaves out what begins so


def read(rows: Rows, proc: Path, pid: int) -> None:
    """Add the counters of each interface; raise OSError and ValueError.

    The file is not kept open: that would keep the network namespace of a container that has ended.
    """
    for name, values in parse(read_once(f"{proc}/{pid}/net/dev")).items():
        rows.add(_keys(name), values)


def parse(text: bytes) -> dict[str, tuple[int, ...]]:
    """Return the wanted columns of each interface; raise ValueError when a line has other ones."""
    found = {}
    for line in text.splitlines()[2:]:
        name, _, rest = line.rpartition(b":")
        interface = name.strip().decode("utf-8", "replace")
        if interface.startswith(IGNORED):
            continue
        columns = rest.split()
        if len(columns) != COLUMNS:
            raise ValueError(f"/proc/net/dev: expected {COLUMNS} columns, got {line[:80]!r}")
        found[interface] = tuple(int(columns[place]) for place in WANTED)
    return found


@lru_cache(maxsize=256)
def _keys(interface: str) -> tuple[Key, ...]:
    return tuple((family, f',interface="{escape(interface)}"') for family in NETWORK)
