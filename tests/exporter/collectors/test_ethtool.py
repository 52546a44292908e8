import pytest

from exporter.base.calls import EthtoolCalls
from exporter.base.collector import NotApplicableError
from exporter.collectors.ethtool import Ethtool, EthtoolOptions, describe_link, families, name_of
from exporter.kernel.ethtool_ioctl import LinkSettings
from exporter.kernel.name_filter import Filter
from tests.exporter.fixed_calls import fixed_ethtool


@pytest.mark.parametrize(
    ("statistic", "name"),
    [
        ("rx_queue_0_Drops", "received_queue_0_drops"),
        ("port_tx_crc", "port_transmitted_crc"),
        ("_xdp_tx", "xdp_transmitted"),
        ("rxtx_total", "rxtx_total"),
        ("tx", "transmitted"),
    ],
)
def test_directions_are_written_out(statistic, name):
    assert name_of(statistic) == name


def test_names_that_become_equal_are_numbered_and_the_rest_keeps_its_place():
    names = families(["a b", "rx_bytes", "", "a.b", "tx_x", "tx_x"], Filter())
    assert {place: family.name for place, family in names.items()} == {
        0: "node_ethtool_a_b",
        1: "node_ethtool_received_bytes_total",
        3: "node_ethtool_a_b_2",
        5: "node_ethtool_transmitted_x",
    }


def test_statistics_are_picked_by_their_cleaned_name():
    names = families(["port.rx", "other"], Filter(include="^port_rx$"))
    assert [family.name for family in names.values()] == ["node_ethtool_port_received"]


def test_a_mode_above_gigabit_has_its_phy_and_bytes_a_second():
    rows = {series: value for series, value in describe_link("eth0", LinkSettings(1 << 31, 0, 0)) if len(series[1]) > 1}
    assert [(labels, value) for (_, labels), value in rows.items()] == [
        (("eth0", "full", "25000baseCR"), 25_000 * 125_000),
    ]


def test_a_host_without_devices_is_not_applicable(tree):
    with pytest.raises(NotApplicableError, match="no network device"):
        Ethtool(tree({}), EthtoolCalls()).page()


def test_devices_can_be_left_out_and_vanish(tree):
    requests = []

    def gone(device, *_):
        requests.append(device)
        raise OSError(19, "No such device")

    roots = tree({"sys/class/net/eth0/x": "", "sys/class/net/eth1/x": ""})
    assert Ethtool(roots, EthtoolCalls(gone), EthtoolOptions(device_exclude="1$")).page() == b""
    assert set(requests) == {"eth0"}


def test_names_are_asked_for_once(roots):
    requests = []

    def count(device, request, size):
        requests.append(request[0])
        return fixed_ethtool(device, request, size)

    collector = Ethtool(roots, EthtoolCalls(count))
    assert collector.page() == collector.page()
    assert requests.count(0x1B) == 1
    assert requests.count(0x1D) == 2
