"""node_tcp_connection_states: TCP sockets by state, from sock_diag(7) or /proc/net/tcp."""

import socket
import struct
from collections import Counter
from collections.abc import Iterator, Sequence

from exporter.base.calls import Netlink
from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family
from exporter.kernel.files import KernelFile
from exporter.parsing.items import item, skip
from exporter.parsing.lines import split_lines
from exporter.parsing.numbers import hexadecimal

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
    """Yield (state, bytes to be received, bytes to be sent) of each socket in /proc/net/tcp; skip what is none.

    The fields are described in Documentation/networking/proc_net_tcp.rst, all in hexadecimal digits.
    """
    for number, line in enumerate(split_lines(text), 1):
        if b"local_address" in line:
            continue
        fields = line.split(None, 5)
        with item(f"/proc/net/tcp, line {number}"):
            if len(fields) < 5:
                raise ValueError(f"expected a socket, got {line[:80]!r}")
            sent, _, received = fields[4].partition(b":")
            yield hexadecimal(fields[3]), hexadecimal(received), hexadecimal(sent)


def _parse_answers(answers: Sequence[bytes]) -> Iterator[Row]:
    try:
        rows = list(map(MESSAGE.unpack_from, answers))
    except struct.error:
        pass
    else:
        yield from ((state, received, sent) for state, _, received, sent in rows)
        return
    for answer in answers:
        if len(answer) < MESSAGE.size:
            skip("sock_diag, a socket", f"expected {MESSAGE.size} bytes, got {len(answer)}")
            continue
        state, _, received, sent = MESSAGE.unpack_from(answer)
        yield state, received, sent


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
        read = 0
        for family, table in zip((socket.AF_INET, socket.AF_INET6), self._tables, strict=True):
            if family == socket.AF_INET6 and not table.path.exists():  # without IPv6 there is no table
                continue
            try:
                counts.update(count(self._rows(family, table)))
                read += 1
            except OSError as error:
                skip(table.path, error)
        if not read:
            raise FileNotFoundError("expected /proc/net/tcp or /proc/net/tcp6")
        return self._block.render([(state,) for state in counts], counts.values())

    def _rows(self, family: int, table: KernelFile) -> Iterator[Row]:
        """Yield the sockets; where netlink is forbidden, or the kernel lacks inet_diag, those of /proc/net/tcp."""
        if not self.roots.is_live:
            return parse_table(table.read())
        request = REQUEST.pack(family, socket.IPPROTO_TCP, 0, ALL_STATES)
        try:
            answers = list(self._netlink.dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, request))
        except OSError:
            return parse_table(table.read())
        return _parse_answers(answers)

    def close(self) -> None:
        """Give the descriptors back."""
        for table in self._tables:
            table.close()
