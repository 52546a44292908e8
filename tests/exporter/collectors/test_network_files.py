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


def test_arp_counts_by_device(skipped):
    assert arp.parse(b"IP address HW type\n") == {}
    assert arp.parse(b"10.0.0.1 0x1\n10.0.0.2 0x1 0x2 aa * eth0\n") == {"eth0": 1}
    assert skipped.reasons == {"/proc/net/arp, line 1": "expected 6 columns, got b'10.0.0.1 0x1'"}


def test_conntrack_sums_hexadecimal_columns_over_cpus():
    assert conntrack.parse(b"found ignore drop\n0000000a 00000001 00000002\n00000001 00000001 00000003\n") == [
        11, 0, 2, 0, 0, 5, 0, 0,
    ]  # fmt: skip


def shown(words, text):
    """Return the text's wanted numbers by the names of their families."""
    lines = [line.split() for line in words.page(text).splitlines() if not line.startswith(b"#")]
    return {name.decode(): number for name, number in lines}


def test_sockstat_shows_pages_twice():
    page = shown(ColumnCache("sockstat", sockstat.find, sockstat.convert), b"TCP: inuse 1 mem 2\n")
    assert page == {
        "node_sockstat_TCP_inuse": b"1",
        "node_sockstat_TCP_mem": b"2",
        "node_sockstat_TCP_mem_bytes": b"%d" % (2 * sockstat.PAGE_BYTES),
    }


@pytest.mark.parametrize("text", [b"TCP: inuse\n", b"TCP inuse 1\n"])
def test_sockstat_that_is_none(text):
    with pytest.raises(ValueError, match="expected"):
        ColumnCache("sockstat", sockstat.find, sockstat.convert).page(text)


def test_netstat_lines_must_belong_together(skipped):
    words = ColumnCache("netstat", partial(netstat.find_in_table, fields=Filter()), netstat.convert)
    assert shown(words, b"Tcp: A B\nTcp: 1 -2\n") == {"node_netstat_Tcp_A": b"1", "node_netstat_Tcp_B": b"-2"}
    for text in (b"Tcp: A B\nTcp: 1\n", b"Tcp: A\nUdp: 1\n", b"Tcp: A\n"):
        assert shown(words, text + b"Ip: C\nIp: 5\n") == {"node_netstat_Ip_C": b"5"}
    assert skipped.count == 4
    with pytest.raises(ValueError, match="expected pairs"):
        words.page(b"Tcp: A\n")


def test_columns_follow_names_that_move(skipped):
    words = ColumnCache("vmstat", partial(vmstat.find, fields=Filter(include="^(a|b)$")), vmstat.convert)
    assert shown(words, b"a 1\nx 2\n") == {"node_vmstat_a": b"1"}
    assert shown(words, b"x 2\na 3\n") == {"node_vmstat_a": b"3"}
    assert shown(words, b"a 4\nb 5\nx 6\n") == {"node_vmstat_a": b"4", "node_vmstat_b": b"5"}
    assert shown(words, b"x 6\n") == {}
    assert skipped.count == 0
    assert shown(words, b"a 1\nb") == {"node_vmstat_a": b"1"}
    assert shown(words, b"a 1\nb x\na 9\n") == {"node_vmstat_a": b"1"}
    assert skipped.count == 3


def test_a_word_of_a_column_may_hold_any_space_but_the_kernels():
    words = ColumnCache("vmstat", partial(vmstat.find, fields=Filter(include="^a$")), vmstat.convert)
    for _ in range(2):
        assert shown(words, b"b\r\v 1\na 2\n") == {"node_vmstat_a": b"2"}


def test_meminfo_knows_sizes_from_counts():
    words = ColumnCache("meminfo", meminfo.find, meminfo.convert)
    assert shown(words, b"MemTotal: 5 kB\nActive(anon): 6 kB\nHugePages_Total: 7\n") == {
        "node_memory_MemTotal_bytes": b"5120",
        "node_memory_Active_anon_bytes": b"6144",
        "node_memory_HugePages_Total": b"7",
    }
