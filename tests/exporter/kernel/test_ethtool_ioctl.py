import errno
import struct

import pytest

from exporter.kernel import ethtool_ioctl


def answer(text):
    return lambda _device, _request, size: text.ljust(size, b"\0")


def test_autonegotiation_stands_after_the_transceiver():
    # speed, duplex, port, address, transceiver, autonegotiation
    raw = struct.pack("=IIIHBBBBB", 1, 0x2FF, 0x20F, 1000, 1, 2, 3, 4, 1)
    assert ethtool_ioctl.link_settings(answer(raw), "eth0") == (0x2FF, 0x20F, 1)


def test_a_driver_has_five_texts_and_a_number_of_statistics():
    texts = (b"ixgbe", b"6.1", b"0x80000835", b"0000:03:00.0", b"1.2")
    raw = struct.pack("=I32s32s32s32s32s12xIIIII", 3, *texts, 2, 63, 8, 9, 10)
    assert ethtool_ioctl.driver(answer(raw), "eth0") == ("ixgbe", "6.1", "0x80000835", "0000:03:00.0", "1.2", 63)


def test_statistics_that_came_or_went_since_they_were_counted_change_nothing():
    names = struct.pack("=III", 0x1B, 1, 3) + b"".join(name.ljust(32, b"\0") for name in (b"rx", b"tx\xff", b"new"))
    assert ethtool_ioctl.statistic_names(answer(names), "eth0", 2) == ["rx", "tx\ufffd"]
    values = struct.pack("=IIQ", 0x1D, 1, 1 << 63)
    assert ethtool_ioctl.statistics(answer(values), "eth0", 2) == (1 << 63,)


def test_buffers_have_room_for_queues_that_are_added_meanwhile():
    sizes = []

    def ask(_device, _request, size):
        sizes.append(size)
        return bytes(size)

    ethtool_ioctl.statistics(ask, "eth0", 10)
    ethtool_ioctl.statistic_names(ask, "eth0", 10)
    assert sizes[0] >= 8 + 20 * 8
    assert sizes[1] >= 12 + 20 * 32


@pytest.mark.parametrize("device", ["nope0", "a name that is far too long for a device"])
def test_the_kernel_refuses_a_device_that_is_not_there(device):
    with pytest.raises(OSError, match="No such device") as caught:
        ethtool_ioctl.driver(ethtool_ioctl.ask, device)
    assert caught.value.errno == errno.ENODEV
