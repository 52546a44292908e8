"""Network counters of a container, from its first process's view of /proc/net/dev."""

from functools import lru_cache
from operator import itemgetter

from exporter.cgroups.files import read_once
from exporter.container_families.families import NETWORK, Key
from exporter.container_families.rows import Rows
from exporter.exposition.text import escape
from exporter.parsing.items import skip
from exporter.parsing.lines import split_lines
from exporter.parsing.numbers import wholes

COLUMNS = 16
# Of net/core/net-procfs.c's columns: bytes, packets, errs, drop of both directions, in the order of NETWORK.
PICK = itemgetter(0, 1, 2, 3, 8, 9, 10, 11)
IGNORED = ("lo", "veth", "docker")  # cAdvisor leaves out what begins so


def read(rows: Rows, path: str) -> None:
    """Add the counters of each interface that a /proc/PID/net/dev tells of; raise OSError.

    The file is not kept open: that would keep the network namespace of a container that has ended.
    """
    known: set[bytes] = set()
    for line in split_lines(read_once(path))[2:]:
        name, _, rest = line.rpartition(b":")
        keys = _keys(name)
        if keys and name in known:
            skip(f"{path}, {name!r}", "expected each interface once")
        elif keys:
            known.add(name)
            try:
                rows.add(keys, parse(rest))
            except ValueError as error:
                skip(f"{path}, {name!r}", error)


def parse(text: bytes) -> tuple[int, ...]:
    """Return the wanted columns of what follows an interface's name; raise ValueError when there are other ones."""
    columns = text.split()
    if len(columns) != COLUMNS:
        raise ValueError(f"/proc/net/dev: expected {COLUMNS} columns, got {text[:80]!r}")
    return tuple(wholes(PICK(columns)))


@lru_cache(maxsize=256)
def _keys(name: bytes) -> tuple[Key, ...]:
    """Return the keys of an interface, none for those that are left out."""
    interface = name.strip().decode("utf-8", "replace")
    if interface.startswith(IGNORED):
        return ()
    return tuple((family, f',interface="{escape(interface)}"') for family in NETWORK)
