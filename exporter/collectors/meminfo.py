"""node_memory_*: every field of /proc/meminfo."""

from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Family
from exporter.kernel.column_cache import ColumnCache, Value

BYTES_PER_KIB = 1024  # proc(5): the kernel's "kB" are KiB


def find(words: list[bytes]) -> list[Value]:
    """Return all fields: `Active(anon): 1 kB` is Active_anon_bytes, `HugePages_Total: 2` has no unit.

    Raises ValueError when the words are no such list.
    """
    values = []
    for place, word in enumerate(words):
        if word.endswith(b":"):
            is_size = words[place + 2 : place + 3] == [b"kB"]
            name = word[:-1].decode("ascii").replace("(", "_").replace(")", "") + ("_bytes" if is_size else "")
            family = Family(f"node_memory_{name}", "gauge", f"Memory information field {name}.")
            values.append(Value(place + 1, place, family))
    if not values:
        raise ValueError(f"expected `name: value kB`, got {words[:4]}")
    return values


class Meminfo(Collector):
    """Exposes one gauge for each field; node_exporter's fixed list is a part of them."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("meminfo")
        self._columns = ColumnCache(find)

    def page(self) -> bytes:
        """Return the gauges."""
        picked = self._columns.pick(self._file.read())
        families = self._columns.block.families
        values = [
            int(word) * BYTES_PER_KIB if family.name.endswith("_bytes") else int(word)
            for word, family in zip(picked, families, strict=True)
        ]
        return self._columns.block.render([()], values)
