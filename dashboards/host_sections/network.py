"""Board *Host*, the network: its interfaces, TCP, and what is lost."""

from dashboards.host_sections import HOST
from dashboards.panels.board import Panel, Section
from dashboards.panels.panel import BAD, NEUTRAL, UNKNOWN, WARNING, About, lines
from dashboards.panels.query import RATE, WIRED, Query


def network() -> Section:
    """Return traffic, errors and drops of the interfaces."""

    def speed(name: str) -> str:
        return f"rate(node_network_{name}_total{{{HOST}, {WIRED}}}[{RATE}])"

    return "Network", [
        lines(
            About("Traffic", "Bits received and sent by each interface per second.", "bps"),
            [
                Query(f"8 * {speed('receive_bytes')}", "{{device}} received"),
                Query(f"8 * {speed('transmit_bytes')}", "{{device}} sent"),
            ],
        ),
        lines(
            About("Packets", "Packets received and sent by each interface per second.", "pps"),
            [
                Query(speed("receive_packets"), "{{device}} received"),
                Query(speed("transmit_packets"), "{{device}} sent"),
            ],
        ),
        lines(
            About("Errors", "Damaged packets per second: a cable, a port or a driver at fault. Should be zero.", "pps"),
            [Query(speed("receive_errs"), "{{device}} received"), Query(speed("transmit_errs"), "{{device}} sent")],
        ),
        lines(
            About(
                "Drops",
                "Packets per second that were intact but thrown away, mostly for want of buffers or of a listener.",
                "pps",
            ),
            [Query(speed("receive_drop"), "{{device}} received"), Query(speed("transmit_drop"), "{{device}} sent")],
        ),
    ]


def connections() -> Section:
    """Return TCP and the connection tracking."""
    return "Connections", [*_tcp(), _sockets(), _tracked()]


def _tcp() -> list[Panel]:
    def speed(name: str) -> str:
        return f"rate(node_netstat_{name}{{{HOST}}}[{RATE}])"

    return [
        lines(
            About(
                "TCP connections", "Connections that are established, and new ones per second, by who began.", "short"
            ),
            [
                Query(f"node_netstat_Tcp_CurrEstab{{{HOST}}}", "established"),
                Query(speed("Tcp_ActiveOpens"), "begun here per s"),
                Query(speed("Tcp_PassiveOpens"), "begun elsewhere per s"),
            ],
            {"established": NEUTRAL, "begun here per s": "light-blue", "begun elsewhere per s": UNKNOWN},
        ),
        lines(
            About("TCP retransmitted", "Share of segments that had to be sent again: loss on the way.", "percentunit"),
            [Query(f"{speed('Tcp_RetransSegs')} / {speed('Tcp_OutSegs')}", "retransmitted")],
            {"retransmitted": WARNING},
        ),
        lines(
            About(
                "TCP refused",
                "Per second: connections dropped since nobody took them off a listener's queue, damaged segments, "
                "resets sent.",
                "ops",
            ),
            [
                Query(speed("TcpExt_ListenOverflows"), "queue overflows"),
                Query(speed("TcpExt_ListenDrops"), "dropped by listeners"),
                Query(speed("Tcp_InErrs"), "damaged"),
                Query(speed("Tcp_OutRsts"), "resets"),
            ],
            {"queue overflows": BAD, "dropped by listeners": WARNING, "damaged": UNKNOWN, "resets": NEUTRAL},
        ),
    ]


def _sockets() -> Panel:
    def family(name: str) -> str:
        return f"node_sockstat_{name}{{{HOST}}}"

    return lines(
        About(
            "Sockets", "Sockets in use; many in TIME_WAIT are many short connections, orphans have no process.", "short"
        ),
        [
            Query(family("TCP_inuse"), "TCP"),
            Query(family("UDP_inuse"), "UDP"),
            Query(family("TCP_tw"), "TIME_WAIT"),
            Query(family("TCP_orphan"), "orphaned"),
        ],
        {"TCP": NEUTRAL, "UDP": UNKNOWN, "TIME_WAIT": WARNING, "orphaned": BAD},
    )


def _tracked() -> Panel:
    about = About(
        "Tracked connections", "How full the connection tracking is; when full, new ones fail.", "percentunit"
    )
    used = f"node_nf_conntrack_entries{{{HOST}}} / node_nf_conntrack_entries_limit{{{HOST}}}"
    return lines(about, [Query(used, "used")], {"used": NEUTRAL}, highest=1)
