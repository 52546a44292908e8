"""The families of the infiniband collector, and the files that each comes from."""

from exporter.exposition.text import Family

LABELS = ("device", "port")


def gauge(name: str, help_text: str) -> Family:
    """Return a gauge of a port."""
    return Family(f"node_infiniband_{name}", "gauge", help_text, LABELS)


def counter(name: str, help_text: str) -> Family:
    """Return a counter of a port."""
    return Family(f"node_infiniband_{name}_total", "counter", help_text, LABELS)


INFO = Family(
    "node_infiniband_info",
    "gauge",
    "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
    ("board_id", "device", "firmware_version", "hca_type"),
)
STATE = gauge(
    "state_id",
    "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)",
)
PHYSICAL_STATE = gauge(
    "physical_state_id",
    "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up,"
    " 6: link error recover, 7: phytest)",
)
RATE = gauge("rate_bytes_per_second", "Maximum signal transfer rate")
LIFESPAN = gauge(
    "lifespan_seconds",
    "The maximum period in ms which defines the aging of the counter reads. Two consecutive reads within this period"
    " might return the same values.",
)
COUNTERS = {
    "excessive_buffer_overrun_errors": counter(
        "excessive_buffer_overrun_errors",
        "Number of times that OverrunErrors consecutive flow control update periods occurred, each having at least"
        " one overrun error.",
    ),
    "link_downed": counter(
        "link_downed", "Number of times the link failed to recover from an error state and went down"
    ),
    "link_error_recovery": counter(
        "link_error_recovery", "Number of times the link successfully recovered from an error state"
    ),
    "local_link_integrity_errors": counter(
        "local_link_integrity_errors",
        "Number of times that the count of local physical errors exceeded the threshold specified by LocalPhyErrors.",
    ),
    "multicast_rcv_packets": counter(
        "multicast_packets_received", "Number of multicast packets received (including errors)"
    ),
    "multicast_xmit_packets": counter(
        "multicast_packets_transmitted", "Number of multicast packets transmitted (including errors)"
    ),
    "port_rcv_constraint_errors": counter(
        "port_constraint_errors_received", "Number of packets received on the switch physical port that are discarded"
    ),
    "port_xmit_constraint_errors": counter(
        "port_constraint_errors_transmitted", "Number of packets not transmitted from the switch physical port"
    ),
    "port_rcv_data": counter("port_data_received_bytes", "Number of data octets received on all links"),
    "port_xmit_data": counter("port_data_transmitted_bytes", "Number of data octets transmitted on all links"),
    "port_rcv_discards": counter(
        "port_discards_received",
        "Number of inbound packets discarded by the port because the port is down or congested",
    ),
    "port_xmit_discards": counter(
        "port_discards_transmitted",
        "Number of outbound packets discarded by the port because the port is down or congested",
    ),
    "port_rcv_errors": counter(
        "port_errors_received", "Number of packets containing an error that were received on this port"
    ),
    "port_rcv_packets": counter(
        "port_packets_received", "Number of packets received on all VLs by this port (including errors)"
    ),
    "port_xmit_packets": counter(
        "port_packets_transmitted", "Number of packets transmitted on all VLs from this port (including errors)"
    ),
    "port_xmit_wait": counter(
        "port_transmit_wait",
        "Number of ticks during which the port had data to transmit but no data was sent during the entire tick",
    ),
    "unicast_rcv_packets": counter("unicast_packets_received", "Number of unicast packets received (including errors)"),
    "unicast_xmit_packets": counter(
        "unicast_packets_transmitted", "Number of unicast packets transmitted (including errors)"
    ),
    "port_rcv_remote_physical_errors": counter(
        "port_receive_remote_physical_errors",
        "Number of packets marked with the EBP (End of Bad Packet) delimiter received on the port.",
    ),
    "port_rcv_switch_relay_errors": counter(
        "port_receive_switch_relay_errors", "Number of packets that could not be forwarded by the switch."
    ),
    "symbol_error": counter("symbol_error", "Number of minor link errors detected on one or more physical lanes."),
    "VL15_dropped": counter("vl15_dropped", "Number of incoming VL15 packets dropped due to resource limitations."),
}
# Before Linux 4.5 the counters of 64 bits were here.
EXTENDED_COUNTERS = {
    "port_multicast_rcv_packets": counter("legacy_multicast_packets_received", "Number of multicast packets received"),
    "port_multicast_xmit_packets": counter(
        "legacy_multicast_packets_transmitted", "Number of multicast packets transmitted"
    ),
    "port_rcv_data_64": counter("legacy_data_received_bytes", "Number of data octets received on all links"),
    "port_rcv_packets_64": counter("legacy_packets_received", "Number of data packets received on all links"),
    "port_unicast_rcv_packets": counter("legacy_unicast_packets_received", "Number of unicast packets received"),
    "port_unicast_xmit_packets": counter("legacy_unicast_packets_transmitted", "Number of unicast packets transmitted"),
    "port_xmit_data_64": counter("legacy_data_transmitted_bytes", "Number of data octets transmitted on all links"),
    "port_xmit_packets_64": counter("legacy_packets_transmitted", "Number of data packets received on all links"),
}
# Of mlx5 and its like; the firmware's names (NVIDIA, Understanding mlx5 Linux Counters and Status Parameters).
