"""Queues and routes: what rtnetlink says of them, and what it can't say."""

import socket
import struct

import pytest

from exporter.base.calls import Netlink
from exporter.base.supplies import Supplies
from exporter.collectors import network_route, qdisc
from exporter.collectors.network_route import NetworkRoute
from exporter.collectors.qdisc import QdiscCollector, QdiscOptions


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def route(*attributes, kind=1, length=24):
    return struct.pack("=BBBBBBBBI", 2, length, 0, 0, 254, 99, 0, kind, 0) + b"".join(attributes)


def test_a_packet_count_beyond_32_bits_is_taken_from_its_own_attribute():
    statistics = (
        attribute(1, struct.pack("=QI4x", 10, 5)) + attribute(3, bytes(20)) + attribute(8, struct.pack("=Q", 1 << 40))
    )
    message = struct.pack("=B3xiIII", 0, 7, 0, 0, 0) + attribute(1, b"fq\0") + attribute(7, statistics)
    assert qdisc.parse(message) == (7, "fq", (10, 1 << 40, 0, 0, 0, 0, 0))


def test_what_is_below_the_root_is_left_out(supplies):
    page = supplies.make(QdiscCollector).page().decode()
    assert 'node_qdisc_drops_total{device="eth0",kind="mq"} 7\n' in page
    assert "fq_codel" not in page


def test_devices_can_be_chosen_and_unknown_ones_are_left_out(supplies):
    page = supplies.make(QdiscCollector, QdiscOptions(device_include="^dummy")).page().decode()
    assert 'device="dummy0",kind="fq"' in page
    assert "eth0" not in page
    assert "noqueue" not in page


def test_a_route_of_no_known_protocol_without_device():
    (parsed_route,) = network_route.parse(route(attribute(1, socket.inet_aton("10.1.2.0"))))
    assert parsed_route == (0, "", "10.1.2.0/24", "", "0", "unknown", "")


def test_local_and_broadcast_routes_are_left_out():
    assert list(network_route.parse(route(kind=2))) == []


@pytest.mark.parametrize("hop", [struct.pack("=HBBi", 0, 0, 0, 2), struct.pack("=HBBi", 99, 0, 0, 2)])
def test_an_impossible_next_hop_fails(hop):
    with pytest.raises(ValueError, match="impossible length"):
        list(network_route.parse(route(attribute(9, hop))))


@pytest.mark.parametrize("tail", [struct.pack("=HH", 2, 1), struct.pack("=HH", 200, 1) + b"abcd"])
def test_an_impossible_attribute_fails(tail):
    with pytest.raises(ValueError, match="impossible length"):
        list(network_route.parse(route() + tail))


def test_a_route_in_two_tables_is_one_series_counted_twice(roots):
    message = route(attribute(4, struct.pack("=I", 2)))
    netlink = Netlink(lambda *_: [message, message])
    samples = NetworkRoute(roots, netlink).collect()
    assert [(sample.family.name, sample.value) for sample in samples] == [
        ("node_network_route_info", 1),
        ("node_network_routes", 2),
    ]


def test_the_running_kernel_answers():
    supplies = Supplies()
    names = {name for _, name in socket.if_nameindex()}
    assert {sample.labels[0] for sample in supplies.make(NetworkRoute).collect()} <= names | {""}
    assert b'node_qdisc_bytes_total{device="lo",kind="noqueue"} 0\n' in supplies.make(QdiscCollector).page()
    supplies.close()
