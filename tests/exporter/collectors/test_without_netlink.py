"""What is left where a unit may open no netlink socket (RestrictAddressFamilies=, SELinux)."""

import errno
import struct

import pytest

from exporter.base.calls import Netlink
from exporter.base.roots import Roots
from exporter.collectors.netclass import Netclass
from exporter.collectors.netdev import Netdev, NetdevOptions
from exporter.collectors.network_route import NetworkRoute
from exporter.collectors.tcpstat import Tcpstat
from exporter.kernel import route_files
from exporter.kernel.links import LINK_HEADER, STATISTICS, Links


class Forbidden:
    """A list of devices that may not be asked for."""

    def read(self):
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")


def forbidden_dump(*_):
    raise PermissionError(errno.EACCES, "Permission denied")


NETLINK = Netlink(forbidden_dump)


def test_devices_come_from_sys_and_proc(skipped):
    page = Netclass(Roots(), Forbidden()).page()
    assert b'node_network_up{device="lo"}' in page
    assert b'node_network_mtu_bytes{device="lo"}' in page
    page = Netdev(Roots(), Forbidden(), NETLINK).page()
    assert b'node_network_receive_bytes_total{device="lo"}' in page
    assert b"nohandler" not in page
    assert skipped.count == 0


def test_addresses_cost_themselves_alone(skipped):
    page = Netdev(Roots(), Forbidden(), NETLINK, NetdevOptions(address_info=True)).page()
    assert b'node_network_receive_bytes_total{device="lo"}' in page
    assert skipped.count == 1


def test_sockets_come_from_proc(skipped):
    page = Tcpstat(Roots(), NETLINK).page()
    assert b"node_tcp_connection_states" in page or page == b""
    assert skipped.count == 0


def test_routes_come_from_proc(tree, skipped):
    v4 = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
    v4 += "eth0 00000000 0202000A 0003 0 0 100 00000000 0 0 0\neth0 0002000A 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
    v6 = "fd000009000000000000000000000000 40 " + "0" * 32 + " 00 " + "0" * 32 + " 00000100 0 0 00000001 dummy0\n"
    page = NetworkRoute(tree({"proc/net/route": v4, "proc/net/ipv6_route": v6 + "x\n"}), NETLINK).page().decode()
    for labels in (
        'device="eth0",dest="default",gw="10.0.2.2",priority="100"',
        'device="eth0",dest="10.0.2.0/24",priority="0"',
        'device="dummy0",dest="fd00:9::/64",priority="256"',
    ):
        assert f"node_network_route_info{{{labels}}} 1" in page
    assert 'node_network_routes{device="eth0"} 2' in page
    assert skipped.count == 1


def test_local_and_multicast_routes_are_left_out():
    line = b"ff000000000000000000000000000000 08 %b 00 %b 00000100 0 0 00000001 eth0\n" % (b"0" * 32, b"0" * 32)
    assert list(route_files.parse_v6(line)) == []


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def message(number, name, counters, more=b""):
    head = LINK_HEADER.pack(0, 1, number, 1, 0)
    return (
        head + attribute(3, name + b"\0") + attribute(23, struct.pack(f"={counters}Q", *range(1, counters + 1))) + more
    )


@pytest.mark.parametrize("counters", [23, 24, 25, 30])
def test_the_size_of_the_counters_is_the_messages(counters, monkeypatch):
    links = Links()
    monkeypatch.setattr(links._socket, "dump", lambda *_: [message(1, b"eth0", counters)])
    (link,) = links.dump()
    assert link.statistics[:23] == tuple(range(1, 24))
    assert link.statistics.rx_nohandler == (24 if counters > 23 else 0)
    assert STATISTICS.size == 24 * 8


def test_other_names_and_names_that_are_not_utf8(monkeypatch, skipped):
    links = Links()
    names = attribute(52 | 1 << 15, attribute(53, b"enp0s3\0") + attribute(53, b"lan\0"))
    dumped = [message(1, b"a\xff", 24, names), message(2, b"a\xfe", 24), b"short"]
    monkeypatch.setattr(links._socket, "dump", lambda *_: dumped)
    first, second = links.dump()
    assert (first.name, second.name) == ("a\ufffd", "a\\xfe")
    assert first.alternative_names == [b"enp0s3", b"lan"]
    assert second.alternative_names == []
    assert skipped.count == 1


def test_other_names_have_a_family_of_their_own(monkeypatch, skipped):
    links = Links()
    names = attribute(52 | 1 << 15, attribute(53, b"enp0s3\0"))
    monkeypatch.setattr(links._socket, "dump", lambda *_: [message(1, b"eth0", 24, names)])

    class Dumped:
        def read(self):
            return links.dump()

    page = Netclass(Roots(), Dumped()).page()
    assert b'node_network_altnames_info{altname="enp0s3",device="eth0"} 1' in page
    assert skipped.count == 0
