"""node_qdisc_*: the queues that packets leave by, from rtnetlink(7)."""

import socket
import struct
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.calls import Netlink
from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family, by_family
from exporter.kernel.name_filter import Filter
from exporter.kernel.netlink import attributes

RTM_GETQDISC = 38
# struct tcmsg (include/uapi/linux/rtnetlink.h): family, interface, handle, parent, info.
HEADER = struct.Struct("=B3xiIII")
ROOT = frozenset({0, 0xFFFFFFFF})  # TC_H_UNSPEC, TC_H_ROOT
TCA_KIND, TCA_STATS2 = 1, 7
# include/uapi/linux/gen_stats.h; struct gnet_stats_basic, and struct gnet_stats_queue: length, backlog, drops,
# requeues, overlimits.
TCA_STATS_BASIC, TCA_STATS_QUEUE, TCA_STATS_PKT64 = 1, 3, 8
BASIC, QUEUE, PACKETS = struct.Struct("=QI"), struct.Struct("=IIIII"), struct.Struct("=Q")
LABELS = ("device", "kind")
FAMILIES = (
    Family("node_qdisc_bytes_total", "counter", "Number of bytes sent.", LABELS),
    Family("node_qdisc_packets_total", "counter", "Number of packets sent.", LABELS),
    Family("node_qdisc_current_queue_length", "gauge", "Number of packets currently in queue to be sent.", LABELS),
    Family("node_qdisc_backlog", "gauge", "Number of bytes currently in queue to be sent.", LABELS),
    Family("node_qdisc_drops_total", "counter", "Number of packets dropped.", LABELS),
    Family(
        "node_qdisc_requeues_total", "counter", "Number of packets dequeued, not transmitted, and requeued.", LABELS
    ),
    Family("node_qdisc_overlimits_total", "counter", "Number of overlimit packets.", LABELS),
)


class Qdisc(NamedTuple):
    """A device's root queueing discipline, with a value for each family."""

    interface: int
    kind: str
    values: tuple[int, ...]


def parse(message: bytes) -> Qdisc | None:
    """Return the discipline of an RTM_NEWQDISC message, None when it is not a device's root; raise ValueError."""
    _, interface, _, parent, _ = HEADER.unpack_from(message)
    values = attributes(message, HEADER.size)
    if parent not in ROOT or TCA_KIND not in values or TCA_STATS2 not in values:
        return None
    statistics = attributes(values[TCA_STATS2], 0)
    sent, packets = BASIC.unpack_from(statistics[TCA_STATS_BASIC])
    if TCA_STATS_PKT64 in statistics:  # the kernel adds it where 32 bits are too few
        (packets,) = PACKETS.unpack_from(statistics[TCA_STATS_PKT64])
    kind = values[TCA_KIND].rstrip(b"\0").decode("utf-8", "replace")
    return Qdisc(interface, kind, (sent, packets, *QUEUE.unpack_from(statistics[TCA_STATS_QUEUE])))


class QdiscOptions(Options, frozen=True, kw_only=True):
    """Which devices are exposed."""

    device_include: Annotated[str, msgspec.Meta(description="Devices to keep (regexp).")] = ""
    device_exclude: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = ""


class QdiscCollector(Collector):
    """Exposes the root queueing discipline of each device that the filter leaves."""

    enabled_by_default = False
    options_type = QdiscOptions

    def __init__(self, roots: Roots, netlink: Netlink, options: object = None) -> None:
        super().__init__(roots, options)
        self._netlink = netlink
        self._filter = Filter(self.options.device_exclude, self.options.device_include)
        self._block = Block(*FAMILIES)

    def page(self) -> bytes:
        """Return the counters and gauges; raise OSError or ValueError."""
        rows: dict[tuple[str, str], tuple[int, ...]] = {}
        for message in self._netlink.dump(socket.NETLINK_ROUTE, RTM_GETQDISC, HEADER.pack(0, 0, 0, 0, 0)):
            qdisc = parse(message)
            name = self._netlink.interface_name(qdisc.interface) if qdisc is not None else ""
            if qdisc is not None and name and self._filter.accepts(name):
                rows[name, qdisc.kind] = qdisc.values
        return self._block.render(list(rows), by_family(rows.values()))
