"""node_sockstat_*: sockets by protocol and state, from /proc/net/sockstat and sockstat6."""

import resource

from exporter.collector import Collector, NotApplicableError
from exporter.host import Host
from exporter.text import Block, Family, digits

PAGE_BYTES = resource.getpagesize()


def parse(text: bytes) -> tuple[tuple[str, ...], list[bytes]]:
    """Return names such as `TCP_inuse` and their values; raise ValueError when they are no pairs.

    `mem` counts pages; `mem_bytes` is added beside it. The first line has the number of all sockets.
    """
    names: list[str] = []
    values: list[bytes] = []
    for line in text.splitlines():
        title, *words = line.split()
        if len(words) % 2 or not title.endswith(b":"):
            raise ValueError(f"expected `PROTOCOL: name value …`, got {line[:80]!r}")
        protocol = title[:-1].decode("ascii")
        for name, value in zip(words[0::2], digits(words[1::2]), strict=True):
            names.append(f"{protocol}_{name.decode('ascii')}")
            values.append(value)
            if name == b"mem":
                names.append(f"{protocol}_mem_bytes")
                values.append(b"%d" % (int(value) * PAGE_BYTES))
    return tuple(names), values


def family(name: str) -> Family:
    """Return the family of a name such as `TCP_inuse`."""
    protocol, _, state = name.partition("_")
    text = f"Number of {protocol} sockets in state {state}."
    if name == "sockets_used":
        text = "Number of IPv4 sockets in use."
    return Family(f"node_sockstat_{name}", "gauge", text, form="%b")


class Sockstat(Collector):
    """Exposes every state of every protocol."""

    def __init__(self, host: Host, options: object = None) -> None:
        super().__init__(host, options)
        self._files = [host.file("net", "sockstat"), host.file("net", "sockstat6")]
        self._names: tuple[str, ...] = ()
        self._block = Block()

    def page(self) -> bytes:
        """Return the gauges; raise NotApplicableError when the kernel has neither IPv4 nor IPv6."""
        texts = []
        for file in self._files:
            try:
                texts.append(file.read())
            except FileNotFoundError:
                continue
        if not texts:
            raise NotApplicableError("/proc/net/sockstat")
        names, values = parse(b"".join(texts))
        if names != self._names:
            self._names, self._block = names, Block(*map(family, names))
        return self._block.render([()], values)
