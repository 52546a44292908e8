import socket

import pytest

from exporter.base.calls import Netlink
from exporter.base.roots import Roots
from exporter.collectors.tcpstat import Tcpstat, count, parse_table

HEADER = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LINE = (
    b"   0: 0100007F:1F90 00000000:0000 %s 0000000A:000000FF 00:00000000 00000000     0        0 1 1 f 100 0 0 10 0\n"
)


def test_queues_and_states_are_hexadecimal():
    assert list(parse_table(HEADER + LINE % b"0A" + LINE % b"01")) == [(10, 255, 10), (1, 255, 10)]


def test_states_have_their_names_and_queues_are_summed():
    rows = iter([(10, 5, 0), (10, 6, 1), (1, 0, 2), (12, 0, 0)])
    assert count(rows) == {"listen": 2, "established": 1, "unknown": 1, "rx_queued_bytes": 11, "tx_queued_bytes": 3}


@pytest.mark.parametrize("line", [b"no socket\n", b"0: a b zz 1:2 3\n", b"0: a b 01 12 3\n"])
def test_a_malformed_line_fails(line):
    with pytest.raises(ValueError, match=r"expected a socket|invalid literal"):
        list(parse_table(HEADER + line))


def test_the_running_kernel_lists_our_own_sockets():
    collector = Tcpstat(Roots(), Netlink())
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"unread")
            page = {line.rpartition(" ")[0]: int(line.rpartition(" ")[2]) for line in lines(collector)}
    assert page['node_tcp_connection_states{state="listen"}'] >= 1
    assert page['node_tcp_connection_states{state="established"}'] >= 2
    assert page['node_tcp_connection_states{state="rx_queued_bytes"}'] >= len(b"unread")
    collector.close()


def lines(collector):
    return [line for line in collector.page().decode().splitlines() if not line.startswith("#")]
