"""node_slabinfo_*: the kernel's caches of objects, from /proc/slabinfo, which root alone may read."""

from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, by_family, digits
from exporter.kernel.name_filter import Filter


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"node_slabinfo_{name}", "gauge", help_text, ("slab",), form="%b")


# The columns after the name (slabinfo(5)).
COLUMNS = (
    _gauge("active_objects", "The number of objects that are currently active (i.e., in use)."),
    _gauge("objects", "The total number of allocated objects (i.e., objects that are both in use and not in use)."),
    _gauge("object_size_bytes", "The size of objects in this slab, in bytes."),
    _gauge("objects_per_slab", "The number of objects stored in each slab."),
    _gauge("pages_per_slab", "The number of pages allocated for each slab."),
)


def parse(text: bytes) -> dict[str, list[bytes]]:
    """Return each cache's columns; raise ValueError for a line that has others."""
    slabs = {}
    for line in text.splitlines():
        if line.startswith((b"slabinfo - version:", b"# name")):
            continue
        name, *columns = line.split(None, len(COLUMNS) + 1)[: len(COLUMNS) + 1] or [b""]
        if len(columns) != len(COLUMNS):
            raise ValueError(f"/proc/slabinfo: expected a cache, got {line[:80]!r}")
        slabs[name.decode("utf-8", "replace")] = list(digits(columns))
    return slabs


class SlabinfoOptions(Options, frozen=True, kw_only=True):
    """Which caches are exposed."""

    slabs_include: Annotated[str, msgspec.Meta(description="Slabs to keep (regexp).")] = ""
    slabs_exclude: Annotated[str, msgspec.Meta(description="Slabs to leave out (regexp).")] = ""


class Slabinfo(Collector):
    """Exposes the size and use of each cache that the filter leaves."""

    enabled_by_default = False
    options_type = SlabinfoOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._filter = Filter(self.options.slabs_exclude, self.options.slabs_include)
        self._file = roots.file("slabinfo")
        self._block = Block(*COLUMNS)

    def page(self) -> bytes:
        """Return the gauges; raise PermissionError when not run as root."""
        slabs = {name: row for name, row in parse(self._file.read()).items() if self._filter.accepts(name)}
        return self._block.render([(name,) for name in slabs], by_family(slabs.values()))

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
