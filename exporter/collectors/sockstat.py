"""node_sockstat_*: sockets by protocol and state, from /proc/net/sockstat and sockstat6."""

import resource
from collections.abc import Sequence

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family
from exporter.kernel.column_cache import ColumnCache, Line, Value
from exporter.parsing.items import skip
from exporter.parsing.numbers import wholes

PAGE_BYTES = resource.getpagesize()


def find(lines: Sequence[Line]) -> list[Value]:
    """Return all numbers of lines `TCP: inuse 1 orphan 0 …`, and `mem` twice, as pages and as bytes.

    Other lines are skipped; raises ValueError when all are.
    """
    values = []
    for number, (start, words) in enumerate(lines, 1):
        if len(words) < 3 or not words[0].endswith(b":"):
            skip(f"/proc/net/sockstat, line {number}", f"expected `PROTOCOL: name value …`, got {words[:3]!r}")
            continue
        protocol = words[0][:-1].decode("utf-8", "replace")
        if len(words) % 2 == 0:
            skip(f"/proc/net/sockstat, {protocol}", "expected pairs of a name and a value")
        for place in range(1, len(words) - 1, 2):
            word = words[place].decode("utf-8", "replace")
            values.append(Value(start + place + 1, start + place, family(f"{protocol}_{word}")))
            if word == "mem":
                values.append(Value(start + place + 1, start + place, family(f"{protocol}_mem_bytes")))
    if not values:
        raise ValueError("/proc/net/sockstat: expected lines `PROTOCOL: name value …`")
    return values


def convert(tokens: Sequence[bytes], families: Sequence[Family]) -> list[int]:
    """Return the values in the families' units; raise ValueError."""
    return [
        number * PAGE_BYTES if family.name.endswith("_mem_bytes") else number
        for number, family in zip(wholes(tokens), families, strict=True)
    ]


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
        self._columns = ColumnCache("/proc/net/sockstat", find, convert)

    def page(self) -> bytes:
        """Return the gauges; raise NotApplicableError when the kernel has neither IPv4 nor IPv6."""
        texts = []
        failure: Exception = NotApplicableError("/proc/net/sockstat")
        for file in self._files:
            try:
                text = file.read()
            except FileNotFoundError:
                continue
            except OSError as error:
                failure = error
                skip(file.path, error)
                continue
            texts.append(text if text.endswith(b"\n") else text + b"\n")
        if not texts:
            raise failure
        return self._columns.page(b"".join(texts))
