"""node_udp_queues: bytes waiting in the queues of UDP sockets, from /proc/net/udp and udp6."""

import re

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family

QUEUES = Family(
    "node_udp_queues",
    "gauge",
    "Number of allocated memory in the kernel for UDP datagrams in bytes.",
    ("ip", "queue"),
)
# udp4_seq_show in net/ipv4/udp.c: the only two numbers of eight digits on either side of a colon.
PAIR = re.compile(rb" ([0-9A-F]{8}):([0-9A-F]{8}) ")


def parse(text: bytes) -> tuple[int, int]:
    """Return the bytes in all receive and in all transmit queues."""
    pairs = [pair for pair in PAIR.findall(text) if pair != (b"00000000", b"00000000")]
    return sum(int(receive, 16) for _, receive in pairs), sum(int(transmit, 16) for transmit, _ in pairs)


class UdpQueues(Collector):
    """Exposes the sums over all sockets of each IP version."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._files = {"v4": roots.file("net", "udp"), "v6": roots.file("net", "udp6")}
        self._block = Block(QUEUES)

    def page(self) -> bytes:
        """Return the sums; raise NotApplicableError when the kernel has neither IPv4 nor IPv6."""
        keys: list[tuple[str, str]] = []
        values: list[int] = []
        for version, file in self._files.items():
            try:
                sums = parse(file.read())
            except FileNotFoundError:
                continue
            keys += [(version, "rx"), (version, "tx")]
            values += sums
        if not keys:
            raise NotApplicableError("/proc/net/udp")
        return self._block.render(keys, values)
