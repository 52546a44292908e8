"""Network counters of a container, from its first process's view of /proc/net/dev."""

from functools import lru_cache
from operator import itemgetter

from exporter.cgroups.files import read_once
from exporter.container_families.families import NETWORK, Key
from exporter.container_families.rows import Rows
from exporter.exposition.text import escape

COLUMNS = 16
# Of net/core/net-procfs.c's columns: bytes, packets, errs, drop of both directions, in the order of NETWORK.
PICK = itemgetter(0, 1, 2, 3, 8, 9, 10, 11)
IGNORED = ("lo", "veth", "docker")  # cAdvisor leaves out what begins so


def read(rows: Rows, path: str) -> None:
    """Add the counters of each interface that a /proc/PID/net/dev tells of; raise OSError and ValueError.

    The file is not kept open: that would keep the network namespace of a container that has ended.
    """
    for line in read_once(path).splitlines()[2:]:
        name, _, rest = line.rpartition(b":")
        keys = _keys(name)
        if keys:
            rows.add(keys, parse(rest))


def parse(text: bytes) -> tuple[int, ...]:
    """Return the wanted columns of what follows an interface's name; raise ValueError when there are other ones."""
    columns = text.split()
    if len(columns) != COLUMNS:
        raise ValueError(f"/proc/net/dev: expected {COLUMNS} columns, got {text[:80]!r}")
    return tuple(map(int, PICK(columns)))


@lru_cache(maxsize=256)
def _keys(name: bytes) -> tuple[Key, ...]:
    """Return the keys of an interface, none for those that are left out."""
    interface = name.strip().decode("utf-8", "replace")
    if interface.startswith(IGNORED):
        return ()
    return tuple((family, f',interface="{escape(interface)}"') for family in NETWORK)
