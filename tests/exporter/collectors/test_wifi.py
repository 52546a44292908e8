"""Radio devices over nl80211."""

import errno

import pytest

from exporter.base.calls import Netlink
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.wifi import Wifi
from exporter.kernel import nl80211
from exporter.parsing import items
from tests.exporter.radio_messages import (
    FAMILY,
    HEADER,
    POINT,
    attribute,
    cell,
    dump_of,
    family,
    number,
    radio,
    station,
)


def read(dump):
    skipped = items.begin()
    samples = list(Supplies(Netlink(dump)).make(Wifi).collect())
    return {
        (sample.family.name.removeprefix("node_wifi_"), *sample.labels): sample.value for sample in samples
    }, skipped


@pytest.mark.parametrize(
    ("status", "mode"), [(0, "client"), (1, "client"), (2, "ad-hoc"), (9, "unknown"), (None, None)]
)
def test_what_a_device_has_joined(status, mode):
    series, _ = read(dump_of([radio(3, b"wlan0", 2412)], {3: [cell(POINT, b"caf\xe9\0", status)]}, {3: []}))
    expected = {("station_info", "wlan0", "0a:00:27:00:00:01", "caf\ufffd\0", mode): 1} if mode else {}
    assert series == {("interface_frequency_hertz", "wlan0"): 2_412_000_000} | expected


def test_wide_counters_and_narrow_bitrates():
    content = attribute(nl80211.STA_RX_BYTES, number(1)) + attribute(nl80211.STA_RX_BYTES64, number(1 << 40, 8))
    content += attribute(nl80211.STA_RX_BITRATE, attribute(nl80211.RATE_BITRATE, number(65, 2)))
    content += attribute(nl80211.STA_TX_BITRATE, b"")
    message = HEADER + attribute(nl80211.ATTR_MAC, POINT) + attribute(nl80211.ATTR_STA_INFO, content)
    series, _ = read(dump_of([radio(3, b"wlan0", None)], {}, {3: [message]}))
    assert series == {
        ("station_receive_bytes_total", "wlan0", "0a:00:27:00:00:01"): 1 << 40,
        ("station_receive_bits_per_second", "wlan0", "0a:00:27:00:00:01"): 6_500_000,
    }


def test_one_device_that_can_not_be_read_does_not_hide_the_other():
    broken = HEADER + b"\xff\xff\x15\0"
    whole = station(POINT, {nl80211.STA_SIGNAL: -7})
    cut = cell(POINT, b"home", 1)
    cut = cut.replace(b"\0\4home", b"\0\x7fhome")
    series, skipped = read(
        dump_of([radio(3, b"wlan0", 1), radio(4, b"wlan1", 1)], {3: [cut], 4: []}, {3: [broken], 4: [whole]})
    )
    assert series["station_signal_dbm", "wlan1", "0a:00:27:00:00:01"] == -7
    assert {key[1] for key in series} == {"wlan0", "wlan1"}
    assert skipped.count == 2


def test_without_a_radio():
    with pytest.raises(NotApplicableError, match="no nl80211"):
        read(lambda *_: [family(16, b"nlctrl")])
    with pytest.raises(NotApplicableError, match="no radio"):
        read(dump_of([], {}, {}))


def test_a_module_loaded_anew_is_found_again():
    number_of_family = [21]

    def dump(_, kind, request):
        if kind == nl80211.GENL_ID_CTRL:
            return [family(number_of_family[0], b"nl80211")]
        if kind != number_of_family[0]:
            raise OSError(errno.ENOENT, "No such file or directory")
        return dump_of([radio(3, b"wlan0", 1)], {}, {})(_, FAMILY, request)

    collector = Supplies(Netlink(dump)).make(Wifi)
    assert len(list(collector.collect())) == 1
    number_of_family[0] = 22
    with pytest.raises(OSError, match="No such file"):
        list(collector.collect())
    assert len(list(collector.collect())) == 1
