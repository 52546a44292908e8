"""The parsers of arp, conntrack, netstat, sockstat, softnet, udp_queues and vmstat on what is not in the fixtures."""

from functools import partial

import pytest

from exporter.collectors import arp, conntrack, meminfo, netstat, sockstat, softnet, udp_queues, vmstat
from exporter.kernel.column_cache import ColumnCache
from exporter.kernel.name_filter import Filter


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


def shown(columns, text):
    """Return the text's wanted numbers by the names of their families."""
    picked = columns.pick(text)
    return dict(zip((family.name for family in columns.block.families), picked, strict=True))


def test_sockstat_shows_pages_twice():
    assert shown(ColumnCache(sockstat.find), b"TCP: inuse 1 mem 2\n") == {
        "node_sockstat_TCP_inuse": b"1",
        "node_sockstat_TCP_mem": b"2",
        "node_sockstat_TCP_mem_bytes": b"2",
    }


@pytest.mark.parametrize("text", [b"TCP: inuse\n", b"TCP inuse 1\n"])
def test_sockstat_that_is_none(text):
    with pytest.raises(ValueError, match="expected"):
        ColumnCache(sockstat.find).pick(text)


def test_netstat_lines_must_belong_together():
    columns = ColumnCache(partial(netstat.find_in_table, fields=Filter()))
    assert shown(columns, b"Tcp: A B\nTcp: 1 -2\n") == {"node_netstat_Tcp_A": b"1", "node_netstat_Tcp_B": b"-2"}
    for text in (b"Tcp: A B\nTcp: 1\n", b"Tcp: A\nUdp: 1\n", b"Tcp: A\n"):
        with pytest.raises(ValueError, match=r"expected|argument"):
            columns.pick(text)


def test_columns_follow_names_that_move():
    columns = ColumnCache(partial(vmstat.find, fields=Filter(include="^(a|b)$")))
    assert shown(columns, b"a 1\nx 2\n") == {"node_vmstat_a": b"1"}
    assert shown(columns, b"x 2\na 3\n") == {"node_vmstat_a": b"3"}
    assert shown(columns, b"a 4\nb 5\nx 6\n") == {"node_vmstat_a": b"4", "node_vmstat_b": b"5"}
    assert shown(columns, b"x 6\n") == {}
    with pytest.raises(ValueError, match="expected pairs"):
        columns.pick(b"a 1\nb")


def test_meminfo_knows_sizes_from_counts():
    values = shown(ColumnCache(meminfo.find), b"MemTotal: 5 kB\nActive(anon): 6 kB\nHugePages_Total: 7\n")
    assert values == {
        "node_memory_MemTotal_bytes": b"5",
        "node_memory_Active_anon_bytes": b"6",
        "node_memory_HugePages_Total": b"7",
    }
