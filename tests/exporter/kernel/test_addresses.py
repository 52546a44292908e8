import re
import socket
import urllib.request

import pytest

from exporter.base.supplies import Supplies
from exporter.collectors.netdev import Netdev, NetdevOptions
from exporter.kernel.addresses import HEADER, IFA_ADDRESS, IFA_LOCAL, Address, read_addresses, scope_of
from exporter.kernel.netlink import ATTRIBUTE
from vigie.stack.servers import find


@pytest.mark.parametrize(
    ("address", "scope"),
    [
        ("127.0.0.2", "link-local"), ("169.254.1.1", "link-local"), ("10.0.0.1", "global"), ("224.0.0.1", "link-local"),
        ("239.0.0.1", ""), ("255.255.255.255", ""), ("0.0.0.0", ""), ("::1", "link-local"), ("fe80::1", "link-local"),
        ("febf::1", "link-local"), ("fec0::1", "global"), ("fd00::1", "global"), ("2001:db8::1", "global"), ("::", ""),
        ("ff01::1", "interface-local"), ("ff02::1", "link-local"), ("ff0e::1", ""),
    ],
)  # fmt: skip
def test_scopes_are_those_of_go(address, scope):
    assert scope_of(socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)) == scope


def attribute(kind, value):
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(value), kind) + value


def test_of_a_point_to_point_device_our_own_end_is_told():
    peer, ours = socket.inet_aton("10.0.0.2"), socket.inet_aton("10.0.0.1")
    message = HEADER.pack(socket.AF_INET, 32, 0, 0, 7) + attribute(IFA_ADDRESS, peer) + attribute(IFA_LOCAL, ours)
    without = HEADER.pack(socket.AF_INET, 32, 0, 0, 7)
    addresses = list(read_addresses(lambda protocol, kind, payload: [message, without]))  # noqa: ARG005
    assert addresses == [Address(7, "10.0.0.1", "32", "global")]


def series(page):
    return set(re.findall(r"^(node_network_[^ ]+(?:\{.*\})?) ", page, re.MULTILINE))


def labelled(page):
    """Return the series with their labels sorted and without the empty ones."""
    samples = set()
    for sample in series(page):
        name, _, labels = sample.partition("{")
        samples.add((name, frozenset(pair for pair in re.findall(r'(\w+)="([^"]*)"', labels) if pair[1])))
    return samples


@pytest.mark.integration
def test_addresses_and_detailed_counters_are_those_of_node_exporter(start_program):
    peer = start_program(
        [
            find("node_exporter").path,
            "--web.listen-address=127.0.0.1:{port}",
            "--collector.disable-defaults",
            "--collector.netdev",
            "--collector.netdev.address-info",
            "--collector.netdev.enable-detailed-metrics",
            "--collector.netdev.label-ifalias",
        ]
    )
    with urllib.request.urlopen(peer.url + "/metrics", timeout=10) as answer:
        theirs = labelled(answer.read().decode())
    supplies = Supplies()
    ours = labelled(
        supplies.make(Netdev, NetdevOptions(address_info=True, enable_detailed_metrics=True, label_ifalias=True))
        .page()
        .decode()
    )
    supplies.close()
    assert any(name == "node_network_address_info" for name, _ in ours)
    assert ours == theirs


def test_details_and_aliases_from_the_files_of_proc_and_sys(tree):
    counters = "lo: " + " ".join(str(number) for number in range(16))
    roots = tree({"proc/net/dev": f"a\nb\n{counters}\n", "sys/class/net/lo/ifalias": "me\n"})
    page = Supplies(roots).make(Netdev, NetdevOptions(enable_detailed_metrics=True, label_ifalias=True)).page().decode()
    assert 'node_network_receive_errors_total{device="lo",ifalias="me"} 2\n' in page
    assert 'node_network_transmit_dropped_total{device="lo",ifalias="me"} 11\n' in page
    assert "_errs_" not in page
