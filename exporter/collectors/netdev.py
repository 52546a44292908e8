"""node_network_*_total: network devices' counters, from rtnetlink or /proc/net/dev."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from exporter.base.calls import Netlink
from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.base.shared import LinkList
from exporter.exposition.text import Block, Family, Sample, by_family, render
from exporter.kernel.addresses import read_addresses
from exporter.kernel.files import read_text_or
from exporter.kernel.links import Statistics
from exporter.kernel.name_filter import Filter

# The columns of /proc/net/dev in their order (net/core/net-procfs.c), as node_exporter names them.
PROC_COLUMNS = (
    "receive_bytes", "receive_packets", "receive_errs", "receive_drop",
    "receive_fifo", "receive_frame", "receive_compressed", "receive_multicast",
    "transmit_bytes", "transmit_packets", "transmit_errs", "transmit_drop",
    "transmit_fifo", "transmit_colls", "transmit_carrier", "transmit_compressed",
)  # fmt: skip
NETLINK_COLUMNS = (*PROC_COLUMNS, "receive_nohandler")
# With --collector.netdev.enable-detailed-metrics: the kernel's own counters, unsummed, and other names.
DETAILED_PROC = tuple(name.replace("_errs", "_errors").replace("_drop", "_dropped") for name in PROC_COLUMNS)
DETAILED_NETLINK = tuple(name.replace("rx_", "receive_").replace("tx_", "transmit_") for name in Statistics._fields)
ADDRESS_INFO = Family(
    "node_network_address_info", "gauge", "node network address by device", ("device", "address", "netmask", "scope")
)
Rows = dict[str, list[int]]


def families(columns: tuple[str, ...], labels: tuple[str, ...]) -> list[Family]:
    """Return the counter of each column."""
    return [
        Family(f"node_network_{name}_total", "counter", f"Network device statistic {name}.", labels) for name in columns
    ]


def parse(text: bytes) -> Rows:
    """Return each device's 16 columns of /proc/net/dev; raise ValueError when a line has other ones."""
    rows = {}
    for line in text.splitlines()[2:]:
        name, _, counters = line.rpartition(b":")
        row = [int(counter) for counter in counters.split()]
        if len(row) != len(PROC_COLUMNS):
            raise ValueError(f"/proc/net/dev: expected {len(PROC_COLUMNS)} columns, got {line[:80]!r}")
        rows[name.strip().decode("utf-8", "replace")] = row
    return rows


def summarise(counts: Statistics) -> list[int]:
    """Return the counters in the columns of /proc/net/dev, which sums some of them, and `receive_nohandler`.

    The sums are those of dev_seq_printf_stats in net/core/net-procfs.c.
    """
    frame = counts.rx_length_errors + counts.rx_over_errors + counts.rx_crc_errors + counts.rx_frame_errors
    carrier = counts.tx_carrier_errors + counts.tx_aborted_errors + counts.tx_window_errors + counts.tx_heartbeat_errors
    return [
        counts.rx_bytes, counts.rx_packets, counts.rx_errors, counts.rx_dropped + counts.rx_missed_errors,
        counts.rx_fifo_errors, frame, counts.rx_compressed, counts.multicast,
        counts.tx_bytes, counts.tx_packets, counts.tx_errors, counts.tx_dropped,
        counts.tx_fifo_errors, counts.collisions, carrier, counts.tx_compressed,
        counts.rx_nohandler,
    ]  # fmt: skip


class NetdevOptions(Options, frozen=True, kw_only=True):
    """Which devices are exposed, and from where."""

    device_include: Annotated[str, msgspec.Meta(description="Devices to keep (regexp).")] = ""
    device_exclude: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = ""
    netlink: Annotated[bool, msgspec.Meta(description="Ask rtnetlink rather than /proc/net/dev.")] = True
    address_info: Annotated[bool, msgspec.Meta(description="Expose node_network_address_info.")] = False
    enable_detailed_metrics: Annotated[
        bool, msgspec.Meta(description="Other names, which tell the kinds of errors apart.")
    ] = False
    label_ifalias: Annotated[bool, msgspec.Meta(description="Add the device's alias as label ifalias.")] = False


class Netdev(Collector):
    """Exposes the counters of each device that the filter leaves."""

    options_type = NetdevOptions

    def __init__(self, roots: Roots, links: LinkList, netlink: Netlink, options: object = None) -> None:
        super().__init__(roots, options)
        self._links = links
        self._netlink = netlink
        self._filter = Filter(self.options.device_exclude, self.options.device_include)
        self._file = roots.file("net", "dev")
        self._uses_netlink = self.options.netlink and roots.is_live
        self._folder = roots.sys / "class" / "net"
        labels = ("device", "ifalias") if self.options.label_ifalias else ("device",)
        self._block = Block(*families(self._columns(), labels))

    def page(self) -> bytes:
        """Return the counters."""
        rows = self._from_netlink() if self._uses_netlink else parse(self._file.read())
        kept = {name: row for name, row in rows.items() if self._filter.accepts(name)}
        page = self._block.render([self._labels(name) for name in kept], by_family(kept.values()))
        return page + render(self._addresses()) if self.options.address_info else page

    def _columns(self) -> tuple[str, ...]:
        if self.options.enable_detailed_metrics:
            return DETAILED_NETLINK if self._uses_netlink else DETAILED_PROC
        return NETLINK_COLUMNS if self._uses_netlink else PROC_COLUMNS

    def _from_netlink(self) -> Rows:
        shown = list if self.options.enable_detailed_metrics else summarise
        return {link.name: shown(link.statistics) for link in self._links.read()}

    def _labels(self, name: str) -> tuple[str, ...]:
        return (name, read_text_or(self._folder / name / "ifalias")) if self.options.label_ifalias else (name,)

    def _addresses(self) -> Iterable[Sample]:
        names = {link.number: link.name for link in self._links.read()}
        for number, *labels in read_addresses(self._netlink.dump):
            name = names.get(number)  # None where the device went away meanwhile
            if name is not None and self._filter.accepts(name):
                yield Sample(ADDRESS_INFO, 1, (name, *labels))
