"""node_arp_entries: neighbours in the ARP table by device, from /proc/net/arp."""

from collections import Counter
from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family
from exporter.kernel.name_filter import Filter

ENTRIES = Family("node_arp_entries", "gauge", "ARP entries by device", ("device",))
COLUMNS = 6


def parse(text: bytes) -> dict[str, int]:
    """Return the number of entries of each device; raise ValueError for a line that is no entry."""
    counts: Counter[str] = Counter()
    for line in text.splitlines()[1:]:
        cells = line.split()
        if len(cells) != COLUMNS:
            raise ValueError(f"expected {COLUMNS} columns, got {line[:80]!r}")
        counts[cells[-1].decode("utf-8", "replace")] += 1
    return counts


class ArpOptions(Options, frozen=True, kw_only=True):
    """Which devices are exposed."""

    device_include: Annotated[str, msgspec.Meta(description="Devices to keep (regexp).")] = ""
    device_exclude: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = ""
    netlink: Annotated[
        bool, msgspec.Meta(description="For node_exporter's unit files; the table is always read from /proc/net/arp.")
    ] = True


class Arp(Collector):
    """Exposes the number of entries of each device that the filter leaves."""

    options_type = ArpOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("net", "arp")
        self._filter = Filter(self.options.device_exclude, self.options.device_include)
        self._block = Block(ENTRIES)

    def page(self) -> bytes:
        """Return the gauge."""
        counts = {name: count for name, count in parse(self._file.read()).items() if self._filter.accepts(name)}
        return self._block.render([(name,) for name in counts], counts.values())
