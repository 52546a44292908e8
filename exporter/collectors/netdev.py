"""node_network_*_total: network devices' counters, from rtnetlink or /proc/net/dev."""

from typing import Annotated

import msgspec

from exporter.collector import Collector, Filter, Options
from exporter.host import Host
from exporter.netlink import Statistics
from exporter.text import Block, Family, by_family

# The columns of /proc/net/dev in their order (net/core/net-procfs.c), as node_exporter names them.
PROC_COLUMNS = (
    "receive_bytes", "receive_packets", "receive_errs", "receive_drop",
    "receive_fifo", "receive_frame", "receive_compressed", "receive_multicast",
    "transmit_bytes", "transmit_packets", "transmit_errs", "transmit_drop",
    "transmit_fifo", "transmit_colls", "transmit_carrier", "transmit_compressed",
)  # fmt: skip
NETLINK_COLUMNS = (*PROC_COLUMNS, "receive_nohandler")
Rows = dict[str, list[int]]


def families(columns: tuple[str, ...]) -> list[Family]:
    """Return the counter of each column."""
    return [
        Family(f"node_network_{name}_total", "counter", f"Network device statistic {name}.", ("device",))
        for name in columns
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


def summarise(one: Statistics) -> list[int]:
    """Return the counters in the columns of /proc/net/dev, which sums some of them, and `receive_nohandler`.

    The sums are those of dev_seq_printf_stats in net/core/net-procfs.c.
    """
    frame = one.rx_length_errors + one.rx_over_errors + one.rx_crc_errors + one.rx_frame_errors
    carrier = one.tx_carrier_errors + one.tx_aborted_errors + one.tx_window_errors + one.tx_heartbeat_errors
    return [
        one.rx_bytes, one.rx_packets, one.rx_errors, one.rx_dropped + one.rx_missed_errors,
        one.rx_fifo_errors, frame, one.rx_compressed, one.multicast,
        one.tx_bytes, one.tx_packets, one.tx_errors, one.tx_dropped,
        one.tx_fifo_errors, one.collisions, carrier, one.tx_compressed,
        one.rx_nohandler,
    ]  # fmt: skip


class NetdevOptions(Options, frozen=True, kw_only=True):
    """Which devices are exposed, and from where."""

    device_include: Annotated[str, msgspec.Meta(description="Devices to keep (regexp).")] = ""
    device_exclude: Annotated[str, msgspec.Meta(description="Devices to leave out (regexp).")] = ""
    netlink: Annotated[bool, msgspec.Meta(description="Ask rtnetlink rather than /proc/net/dev.")] = True


class Netdev(Collector):
    """Exposes the counters of each device that the filter leaves."""

    options_type = NetdevOptions

    def __init__(self, host: Host, options: object = None) -> None:
        super().__init__(host, options)
        self._filter = Filter(self.options.device_exclude, self.options.device_include)
        self._file = host.file("net", "dev")
        self._uses_netlink = self.options.netlink and host.is_live
        self._block = Block(*families(NETLINK_COLUMNS if self._uses_netlink else PROC_COLUMNS))

    def page(self) -> bytes:
        """Return the counters."""
        rows = self._from_netlink() if self._uses_netlink else parse(self._file.read())
        kept = {name: row for name, row in rows.items() if self._filter.accepts(name)}
        return self._block.render([(name,) for name in kept], by_family(kept.values()))

    def _from_netlink(self) -> Rows:
        return {link.name: summarise(link.statistics) for link in self.host.links()}
