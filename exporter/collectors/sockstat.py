"""node_sockstat_*: sockets by protocol and state, from /proc/net/sockstat and sockstat6."""

import resource
from contextlib import suppress

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family
from exporter.kernel.column_cache import ColumnCache, Value

PAGE_BYTES = resource.getpagesize()


def find(words: list[bytes]) -> list[Value]:
    """Return all numbers of `TCP: inuse 1 orphan 0 …`, and `mem` twice, as pages and as bytes; raise ValueError."""
    values = []
    protocol, place = "", 0
    while place < len(words):
        word = words[place].decode("ascii")
        if word.endswith(":"):
            protocol, place = word[:-1], place + 1
            continue
        if not protocol or place + 1 == len(words):
            raise ValueError(f"expected `PROTOCOL: name value …`, got {words[place]!r}")
        values.append(Value(place + 1, place, family(f"{protocol}_{word}")))
        if word == "mem":
            values.append(Value(place + 1, place, family(f"{protocol}_mem_bytes")))
        place += 2
    return values


def family(name: str) -> Family:
    """Return the family of a name such as `TCP_inuse`."""
    protocol, _, state = name.partition("_")
    text = f"Number of {protocol} sockets in state {state}."
    if name == "sockets_used":
        text = "Number of IPv4 sockets in use."
    return Family(f"node_sockstat_{name}", "gauge", text)


class Sockstat(Collector):
    """Exposes every state of every protocol."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = [roots.file("net", "sockstat"), roots.file("net", "sockstat6")]
        self._columns = ColumnCache(find)

    def page(self) -> bytes:
        """Return the gauges; raise NotApplicableError when the kernel has neither IPv4 nor IPv6."""
        texts = []
        for file in self._files:
            with suppress(FileNotFoundError):
                texts.append(file.read())
        if not texts:
            raise NotApplicableError("/proc/net/sockstat")
        picked = self._columns.pick(b"".join(texts))
        families = self._columns.block.families
        values = [
            int(word) * PAGE_BYTES if family.name.endswith("_mem_bytes") else int(word)
            for word, family in zip(picked, families, strict=True)
        ]
        return self._columns.block.render([()], values)
