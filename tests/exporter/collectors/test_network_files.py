"""The parsers of arp, conntrack, netstat, sockstat, softnet, udp_queues and vmstat on what is not in the fixtures."""

import pytest

from exporter.collector import Filter
from exporter.collectors import arp, conntrack, netstat, sockstat, softnet, udp_queues, vmstat
from exporter.selection import Selection


def test_softnet_of_an_old_kernel():
    assert softnet.parse(b"0000000a 1 2 0 0 0 0 0 3\n0000000b 4 5 0 0 0 0 0 6\n") == {
        "0": [10, 1, 2, 3, 0, 0, 0],
        "1": [11, 4, 5, 6, 0, 0, 0],
    }


def test_softnet_names_the_cpu_where_the_kernel_does():
    assert list(softnet.parse(b"1 1 1 0 0 0 0 0 1 1 1 0 7\n")) == ["7"]


def test_udp_queues_are_summed():
    line = b"  1: 0100007F:0035 00000000:0000 07 0000000A:00000100 00:00000000 00000000  0 0 1 2 0 0\n"
    assert udp_queues.parse(line * 3) == (768, 30)
    assert udp_queues.parse(b"  sl  local_address\n") == (0, 0)


def test_arp_counts_by_device():
    assert arp.parse(b"IP address HW type\n") == {}
    with pytest.raises(ValueError, match="expected 6 columns"):
        arp.parse(b"title\n10.0.0.1 0x1\n")


def test_conntrack_sums_hexadecimal_columns_over_cpus():
    assert conntrack.parse(b"found ignore drop\n0000000a 00000001 00000002\n00000001 00000001 00000003\n") == [
        11, 0, 2, 0, 0, 5, 0, 0,
    ]  # fmt: skip


def test_sockstat_adds_bytes_to_pages():
    names, values = sockstat.parse(b"TCP: inuse 1 mem 2\n")
    assert dict(zip(names, values, strict=True)) == {
        "TCP_inuse": b"1",
        "TCP_mem": b"2",
        "TCP_mem_bytes": b"%d" % (2 * sockstat.PAGE_BYTES),
    }


@pytest.mark.parametrize("text", [b"TCP: inuse\n", b"TCP: inuse x\n", b"TCP inuse 1\n"])
def test_sockstat_that_is_none(text):
    with pytest.raises(ValueError, match="expected"):
        sockstat.parse(text)


def test_netstat_lines_must_belong_together():
    assert netstat.parse_table(b"Tcp: A B\nTcp: 1 -2\n") == ([b"Tcp_A", b"Tcp_B"], [b"1", b"-2"])
    for text in (b"Tcp: A B\nTcp: 1\n", b"Tcp: A\nUdp: 1\n", b"Tcp: A\n"):
        with pytest.raises(ValueError, match=r"expected|argument"):
            netstat.parse_table(text)


def test_vmstat_needs_pairs():
    assert vmstat.parse(b"a 1\nb 2\n") == ([b"a", b"b"], [b"1", b"2"])
    with pytest.raises(ValueError, match="expected pairs"):
        vmstat.parse(b"a 1\nb")


def test_selection_follows_names_that_change():
    selection = Selection(Filter(include="^(a|b)$"), vmstat.field)
    assert b"node_vmstat_a 1\n" in selection.render([b"a", b"x"], [b"1", b"2"])
    assert b"node_vmstat_b -3\n" in selection.render([b"x", b"b"], [b"2", b"-3"])
    assert selection.render([b"x"], [b"2"]) == b""
    with pytest.raises(ValueError, match="expected whole numbers"):
        selection.render([b"a"], [b"1.5"])
