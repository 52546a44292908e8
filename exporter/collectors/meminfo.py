"""node_memory_*: every field of /proc/meminfo."""

import re

from exporter.collector import Collector
from exporter.host import Host
from exporter.text import Block, Family

LINE = re.compile(rb"^([A-Za-z0-9_()]+): +(\d+)( kB)?$", re.MULTILINE)
BYTES_PER_KIB = 1024  # proc(5): the kernel's "kB" are KiB


def parse(text: bytes) -> tuple[tuple[str, ...], list[int]]:
    """Return the metric names, `Active(anon): 1 kB` giving `Active_anon_bytes`, and their values in bytes or counts.

    Raises ValueError when there is no field at all.
    """
    fields = LINE.findall(text)
    if not fields:
        raise ValueError(f"expected `name: value kB` lines, got {text[:80]!r}")
    names = tuple(
        (name.replace(b"(", b"_").replace(b")", b"") + (b"_bytes" if unit else b"")).decode()
        for name, _, unit in fields
    )
    return names, [int(value) * BYTES_PER_KIB if unit else int(value) for _, value, unit in fields]


class Meminfo(Collector):
    """Exposes one gauge for each field; node_exporter's fixed list is a part of them."""

    def __init__(self, host: Host, options: object = None) -> None:
        super().__init__(host, options)
        self._file = host.file("meminfo")
        self._names: tuple[str, ...] = ()
        self._block = Block()

    def page(self) -> bytes:
        """Return the gauges."""
        names, values = parse(self._file.read())
        if names != self._names:
            self._block = Block(
                *(Family(f"node_memory_{name}", "gauge", f"Memory information field {name}.") for name in names)
            )
            self._names = names
        return self._block.render([()], values)
