import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.collectors.netdev import parse, summarise
from exporter.kernel.links import IFLA_IFNAME, IFLA_MTU, IFLA_STATS64, LINK_HEADER, Layout, Links
from exporter.kernel.netlink import walk


def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def message(*attributes):
    return b"\0" * LINK_HEADER.size + b"".join(attributes)


def test_dump_tells_what_proc_net_dev_tells():
    links = Links()
    try:
        rows = {link.name: summarise(link.statistics)[:16] for link in links.dump()}
        again = {link.name for link in links.dump()}
    finally:
        links.close()
    expected = parse(Path("/proc/net/dev").read_bytes())
    assert rows.keys() == expected.keys() == again
    # The counters of lo and of idle devices stand still between the two reads; eth0's may have moved.
    assert sum(rows[name] == expected[name] for name in rows) >= len(rows) - 2


def test_layout_is_reused_only_for_messages_laid_out_alike():
    first = message(attribute(IFLA_IFNAME, b"eth0\0"), attribute(99, b"??"), attribute(IFLA_MTU, b"\1\0\0\0"))
    layout = Layout(first)
    assert layout.take(first) == {IFLA_IFNAME: b"eth0\0", IFLA_MTU: b"\1\0\0\0"}
    same = message(attribute(IFLA_IFNAME, b"eth1\0"), attribute(99, b"!!"), attribute(IFLA_MTU, b"\2\0\0\0"))
    assert layout.take(same) == {IFLA_IFNAME: b"eth1\0", IFLA_MTU: b"\2\0\0\0"}
    swapped = message(attribute(IFLA_MTU, b"\1\0\0\0"), attribute(99, b"??"), attribute(IFLA_IFNAME, b"eth0\0"))
    assert layout.take(swapped) is None
    assert layout.take(first[:-8]) is None


def test_impossible_length_is_refused():
    with pytest.raises(ValueError, match="impossible length"):
        list(walk(struct.pack("=HH", 200, IFLA_STATS64), 0))


@given(st.binary(max_size=200))
def test_any_bytes_end(data):
    with suppress(ValueError):
        assert all(offset + length <= len(data) for offset, length, _ in walk(data, 0))
