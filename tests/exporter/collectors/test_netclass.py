from exporter.base.supplies import Supplies
from exporter.collectors.netclass import IFF_DORMANT, IFF_RUNNING, IFF_UP, Netclass, describe, from_link
from exporter.exposition.text import render
from exporter.kernel import links
from exporter.kernel.links import Link, Statistics

ZEROS = Statistics._make([0] * 24)


def link(flags, **attributes):
    values = {getattr(links, f"IFLA_{name}"): value for name, value in attributes.items()}
    return Link("eth0", 2, 1, flags, ZEROS, values)


def text(device, sysfs=None, duplex=""):
    return render(describe([from_link(device, sysfs or {}, duplex)])).decode()


def test_a_device_that_is_up():
    device = link(
        IFF_UP | IFF_RUNNING,
        ADDRESS=bytes.fromhex("02fc00000001"),
        IFALIAS=b'up "a"\0',
        OPERSTATE=b"\6",
        CARRIER=b"\1",
        MTU=(1400).to_bytes(4, "little"),
        LINK=(7).to_bytes(4, "little"),
    )
    page = text(device, {"speed_bytes": 1000}, "full")
    assert 'node_network_up{device="eth0"} 1' in page
    assert (
        'node_network_info{address="02:fc:00:00:00:01",adminstate="up",device="eth0",duplex="full",'
        'ifalias="up \\"a\\"",operstate="up"} 1'
    ) in page
    for expected in (
        ("mtu_bytes", 1400),
        ("iface_link", 7),
        ("carrier", 1),
        ("dormant", 0),
        ("speed_bytes", 125_000_000),
    ):
        assert f'node_network_{expected[0]}{{device="eth0"}} {expected[1]}\n' in page


def test_a_device_that_is_down_has_no_carrier_to_tell_of():
    page = text(link(0x82, OPERSTATE=b"\2", CARRIER=b"\0"))
    assert "node_network_carrier{" not in page
    assert "node_network_dormant" not in page
    assert 'adminstate="down"' in page
    assert 'node_network_iface_link{device="eth0"} 2' in page


def test_flags_are_those_of_sysfs():
    device = link(IFF_UP | IFF_RUNNING | IFF_DORMANT, PROMISCUITY=b"\1\0\0\0", ALLMULTI=b"\2\0\0\0")
    page = text(device)
    assert 'node_network_flags{device="eth0"} 769\n' in page  # IFF_UP, IFF_PROMISC, IFF_ALLMULTI
    assert 'node_network_dormant{device="eth0"} 1\n' in page


def test_an_operstate_of_a_later_kernel_is_unknown():
    assert 'operstate="unknown"' in text(link(0, OPERSTATE=b"\x63"))


def test_rtnetlink_and_sysfs_tell_the_same_of_this_machine():
    supplies = Supplies()
    options = {"netlink": Netclass.options_type(netlink=True), "sysfs": Netclass.options_type(netlink=False)}
    pages = {}
    for name, chosen in options.items():
        supplies.begin_scrape()
        collector = supplies.make(Netclass, chosen)
        pages[name] = set(collector.page().decode().splitlines())
        collector.close()
    supplies.close()
    assert pages["netlink"] == pages["sysfs"]
