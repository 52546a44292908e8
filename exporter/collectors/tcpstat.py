"""node_tcp_connection_states: TCP sockets by state, from sock_diag(7) or /proc/net/tcp."""

import socket
import struct
from collections import Counter
from collections.abc import Iterator

from exporter.base.calls import Netlink
from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family
from exporter.kernel.files import KernelFile

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY = 4, 20
# struct inet_diag_req_v2: family, protocol, extensions, padding, a bit for each state, and an empty socket id.
REQUEST = struct.Struct("=BBBxI48x")
# struct inet_diag_msg: family, state, timer, retransmits, the socket's id, expiry, receive and send queues in bytes.
MESSAGE = struct.Struct("=xBxx48xIII")
ALL_STATES = 0xFFF
# include/net/tcp_states.h, from 1 on.
STATES = (
    "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "time_wait",
    "close", "close_wait", "last_ack", "listen", "closing",
)  # fmt: skip
FAMILY = Family("node_tcp_connection_states", "gauge", "Number of connection states.", ("state",))
Row = tuple[int, int, int]


def parse_table(text: bytes) -> Iterator[Row]:
    """Yield (state, bytes to be received, bytes to be sent) of each socket in /proc/net/tcp; raise ValueError.

    The fields are described in Documentation/networking/proc_net_tcp.rst, all in hexadecimal digits.
    """
    for line in text.splitlines()[1:]:
        fields = line.split(None, 5)
        if len(fields) < 5:
            raise ValueError(f"/proc/net/tcp: expected a socket, got {line[:80]!r}")
        sent, _, received = fields[4].partition(b":")
        yield int(fields[3], 16), int(received, 16), int(sent, 16)


def count(rows: Iterator[Row]) -> Counter[str]:
    """Return how many sockets are in each state, and the bytes in their queues."""
    counts: Counter[str] = Counter()
    for state, received, sent in rows:
        counts[STATES[state - 1] if 0 < state <= len(STATES) else "unknown"] += 1
        counts["rx_queued_bytes"] += received
        counts["tx_queued_bytes"] += sent
    return counts


class Tcpstat(Collector):
    """Exposes the number of sockets in each state that some socket is in."""

    enabled_by_default = False

    def __init__(self, roots: Roots, netlink: Netlink, options: object = None) -> None:
        super().__init__(roots, options)
        self._netlink = netlink
        self._tables = (roots.file("net", "tcp"), roots.file("net", "tcp6"))
        self._block = Block(FAMILY)

    def page(self) -> bytes:
        """Return the gauge; raise OSError when the sockets can't be listed."""
        counts: Counter[str] = Counter()
        for family, table in zip((socket.AF_INET, socket.AF_INET6), self._tables, strict=True):
            if family == socket.AF_INET or table.path.exists():  # without IPv6 there is no table
                counts.update(count(self._rows(family, table)))
        return self._block.render([(state,) for state in counts], counts.values())

    def _rows(self, family: int, table: KernelFile) -> Iterator[Row]:
        if not self.roots.is_live:
            return parse_table(table.read())
        request = REQUEST.pack(family, socket.IPPROTO_TCP, 0, ALL_STATES)
        answers = self._netlink.dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, request)
        return ((state, received, sent) for state, _, received, sent in map(MESSAGE.unpack_from, answers))

    def close(self) -> None:
        """Give the descriptors back."""
        for table in self._tables:
            table.close()
