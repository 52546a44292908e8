"""Board *Host*, the network: its interfaces, TCP, and what is lost."""

from dashboards.panels.board import Panel, Section
from dashboards.panels.colours import CRITICAL, NEUTRAL, UNKNOWN, WARNING
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, WIRED, Query
from dashboards.panels.timeseries import timeseries
from dashboards.sections.host import HOST


def network() -> Section:
    """Return traffic, errors and drops of the interfaces."""

    def rate(name: str) -> str:
        return f"rate(node_network_{name}_total{{{HOST}, {WIRED}}}[{RATE}])"

    return "Network", [
        timeseries(
            Metadata("Traffic", "Bits received and sent by each interface per second.", "bps"),
            [
                Query(f"8 * {rate('receive_bytes')}", "{{device}} received"),
                Query(f"8 * {rate('transmit_bytes')}", "{{device}} sent"),
            ],
        ),
        timeseries(
            Metadata("Packets", "Packets received and sent by each interface per second.", "pps"),
            [
                Query(rate("receive_packets"), "{{device}} received"),
                Query(rate("transmit_packets"), "{{device}} sent"),
            ],
        ),
        timeseries(
            Metadata(
                "Errors", "Damaged packets per second: a cable, a port or a driver at fault. Should be zero.", "pps"
            ),
            [Query(rate("receive_errs"), "{{device}} received"), Query(rate("transmit_errs"), "{{device}} sent")],
        ),
        timeseries(
            Metadata(
                "Drops",
                "Intact packets per second that were dropped, mostly for lack of buffers or of a listener.",
                "pps",
            ),
            [Query(rate("receive_drop"), "{{device}} received"), Query(rate("transmit_drop"), "{{device}} sent")],
        ),
    ]


def connections() -> Section:
    """Return TCP and the connection tracking."""
    return "Connections", [*_tcp(), _sockets(), _tracked()]


def _tcp() -> list[Panel]:
    def rate(name: str) -> str:
        return f"rate(node_netstat_{name}{{{HOST}}}[{RATE}])"

    return [
        timeseries(
            Metadata(
                "TCP connections",
                "Established connections, and new ones per second by the side that opened them.",
                "short",
            ),
            [
                Query(f"node_netstat_Tcp_CurrEstab{{{HOST}}}", "established"),
                Query(rate("Tcp_ActiveOpens"), "opened here per s"),
                Query(rate("Tcp_PassiveOpens"), "opened by others per s"),
            ],
            {"established": NEUTRAL, "opened here per s": "light-blue", "opened by others per s": UNKNOWN},
        ),
        timeseries(
            Metadata("TCP retransmitted", "Share of segments that were sent again because of loss.", "percentunit"),
            [Query(f"{rate('Tcp_RetransSegs')} / {rate('Tcp_OutSegs')}", "retransmitted")],
            {"retransmitted": WARNING},
        ),
        timeseries(
            Metadata(
                "TCP refused",
                "Per second: connections dropped because a listener's queue was full, damaged segments, resets sent.",
                "ops",
            ),
            [
                Query(rate("TcpExt_ListenOverflows"), "queue overflows"),
                Query(rate("TcpExt_ListenDrops"), "dropped by listeners"),
                Query(rate("Tcp_InErrs"), "damaged"),
                Query(rate("Tcp_OutRsts"), "resets"),
            ],
            {"queue overflows": CRITICAL, "dropped by listeners": WARNING, "damaged": UNKNOWN, "resets": NEUTRAL},
        ),
    ]


def _sockets() -> Panel:
    def family(name: str) -> str:
        return f"node_sockstat_{name}{{{HOST}}}"

    return timeseries(
        Metadata(
            "Sockets",
            "Sockets in use. Many in TIME_WAIT mean many short connections; orphaned ones have no process.",
            "short",
        ),
        [
            Query(family("TCP_inuse"), "TCP"),
            Query(family("UDP_inuse"), "UDP"),
            Query(family("TCP_tw"), "TIME_WAIT"),
            Query(family("TCP_orphan"), "orphaned"),
        ],
        {"TCP": NEUTRAL, "UDP": UNKNOWN, "TIME_WAIT": WARNING, "orphaned": CRITICAL},
    )


def _tracked() -> Panel:
    metadata = Metadata(
        "Tracked connections",
        "Used share of the connection tracking table. When it is full, new connections fail.",
        "percentunit",
    )
    used = f"node_nf_conntrack_entries{{{HOST}}} / node_nf_conntrack_entries_limit{{{HOST}}}"
    return timeseries(metadata, [Query(used, "used")], {"used": NEUTRAL}, max_value=1)
