"""node_memory_*: every field of /proc/meminfo."""

from collections.abc import Sequence

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Family
from exporter.kernel.column_cache import ColumnCache, Line, Value
from exporter.parsing.items import skip
from exporter.parsing.numbers import wholes

BYTES_PER_KIB = 1024  # proc(5): the kernel's "kB" are KiB


def find(lines: Sequence[Line]) -> list[Value]:
    """Return all fields: `Active(anon): 1 kB` is Active_anon_bytes, `HugePages_Total: 2` has no unit.

    Other lines are skipped; raises ValueError when all are.
    """
    values = []
    for number, (start, words) in enumerate(lines, 1):
        if len(words) not in {2, 3} or not words[0].endswith(b":") or words[2:] not in ([], [b"kB"]):
            skip(f"/proc/meminfo, line {number}", f"expected `name: value kB`, got {b' '.join(words)[:80]!r}")
            continue
        name = words[0][:-1].decode("utf-8", "replace").replace("(", "_").replace(")", "")
        name += "_bytes" if len(words) == 3 else ""
        family = Family(f"node_memory_{name}", "gauge", f"Memory information field {name}.")
        values.append(Value(start + 1, start, family))
    if not values:
        raise ValueError("/proc/meminfo: expected lines `name: value kB`")
    return values


def convert(tokens: Sequence[bytes], families: Sequence[Family]) -> list[int]:
    """Return the values in the families' units; raise ValueError."""
    return [
        number * BYTES_PER_KIB if family.name.endswith("_bytes") else number
        for number, family in zip(wholes(tokens), families, strict=True)
    ]


class Meminfo(Collector):
    """Exposes one gauge for each field; node_exporter's fixed list is a part of them."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("meminfo")
        self._columns = ColumnCache("/proc/meminfo", find, convert)

    def page(self) -> bytes:
        """Return the gauges."""
        return self._columns.page(self._file.read())
