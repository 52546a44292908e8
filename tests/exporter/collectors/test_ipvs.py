"""The two files of the load balancer."""

import pytest

from exporter.collectors.ipvs import Ipvs, IpvsOptions, parse_address, parse_backends, parse_totals

HEAD = """IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
"""
TOTALS = "heading\nheading\n 1A FF 0 10 2\n\n"
TWO = """TCP  0A00000A:01BB wlc
  -> 0A000115:20FB      Tunnel  100    248        12
  -> 0A000116:20FB      Masq    90     251        7
"""


def test_totals_are_hexadecimal():
    assert parse_totals(TOTALS.encode()) == [26, 255, 0, 16, 2]


@pytest.mark.parametrize("text", [b"", b"a\nb\n1 2 3\n", b"a\nb\n1 2 3 4 x\n"])
def test_malformed_totals_are_an_error(text):
    with pytest.raises(ValueError, match=r"columns|invalid literal"):
        parse_totals(text)


def test_addresses_of_both_families():
    assert parse_address("C0A80016:0CEA") == ("192.168.0.22", "3306")
    assert parse_address("[2001:0db8:0000:0000:0000:0000:0000:0053]:0035") == ("2001:db8::53", "53")


@pytest.mark.parametrize("text", ["C0A8:0CEA", "C0A80016", "[::zz]:0035", "C0A80016:"])
def test_malformed_address_is_an_error(text):
    with pytest.raises(ValueError, match=r"address:port|invalid|hex|packed"):
        parse_address(text)


def test_every_protocol_has_its_own_backends():
    text = HEAD + "SCTP 0A00000B:0050 rr\n  -> 0A000117:0051 Route 1 2 3\nFWM  0000002A wlc\n" + TWO.split("\n", 1)[1]
    labels = [backend.labels for backend in parse_backends(text)]
    assert labels[0] == ("10.0.0.11", "80", "10.0.1.23", "81", "SCTP", "")
    assert labels[1] == ("", "0", "10.0.1.21", "8443", "FWM", "0000002A")


def test_backend_without_service_is_an_error():
    with pytest.raises(ValueError, match="real server"):
        parse_backends(HEAD + TWO.split("\n", 1)[1])


def test_fewer_labels_sum_up(tree):
    roots = tree({"proc/net/ip_vs_stats": TOTALS, "proc/net/ip_vs": HEAD + TWO})
    collector = Ipvs(roots, IpvsOptions(backend_labels=("local_port", "local_address")))
    lines = collector.page().decode().splitlines()
    collector.close()
    assert 'node_ipvs_backend_connections_active{local_address="10.0.0.10",local_port="443"} 499' in lines
    assert 'node_ipvs_backend_weight{local_address="10.0.0.10",local_port="443"} 190' in lines
