"""Small files of devices: absent, refused, or with garbage in them."""

import pytest

from exporter.collectors.bonding import Bonding
from exporter.collectors.dmi import Dmi
from exporter.collectors.edac import Edac, clean_label
from exporter.collectors.fibrechannel import Fibrechannel
from exporter.collectors.infiniband import Infiniband, InfinibandOptions, parse_rate, parse_state
from exporter.kernel.sysfs import read_int


def values(collector):
    lines = collector.page().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_number_of_an_attribute(tmp_path):
    (tmp_path / "decimal").write_text("12\n")
    (tmp_path / "hexadecimal").write_text("0x1f\n")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "garbage").write_text("a lot\n")
    names = ("decimal", "hexadecimal", "empty", "absent")
    assert [read_int(tmp_path / name) for name in names] == [12, 31, None, None]
    with pytest.raises(ValueError, match="a lot"):
        read_int(tmp_path / "garbage")


def test_slave_that_left_meanwhile_is_none_of_the_bond(tree):
    net = "sys/class/net"
    roots = tree(
        {
            f"{net}/bonding_masters": "bond0\n",
            f"{net}/bond0/bonding/slaves": "a b gone\n",
            f"{net}/bond0/lower_a/bonding_slave/mii_status": "up\n",
            f"{net}/bond0/slave_b/bonding_slave/mii_status": "down\n",
        }
    )
    assert values(Bonding(roots)) == {
        'node_bonding_slaves{master="bond0"}': "2",
        'node_bonding_active{master="bond0"}': "1",
    }


def test_dmi_is_read_once(tree):
    roots = tree({"sys/class/dmi/id/product_name": "one\n"})
    collector = Dmi(roots)
    first = collector.page()
    (roots.sys / "class/dmi/id/product_name").write_text("two\n")
    assert collector.page() == first
    assert b'node_dmi_info{product_name="one"} 1' in first


def test_dimm_labels():
    assert clean_label("mc#0csrow#1channel#0") == "mc0_csrow1_channel0"
    assert clean_label("DIMM_B1") == "DIMM_B1"


def test_channel_without_label_is_unknown_and_absent_counts_have_no_series(tree):
    roots = tree({"sys/devices/system/edac/mc/mc0/csrow2/ch1_ce_count": "5\n"})
    assert values(Edac(roots)) == {
        'node_edac_channel_correctable_errors_total{channel="1",controller="0",csrow="2",dimm_label="unknown"}': "5"
    }


def test_garbage_in_a_count_is_an_error(tree):
    with pytest.raises(ValueError, match="many"):
        Edac(tree({"sys/devices/system/edac/mc/mc0/ce_count": "many\n"})).page()


def test_counter_that_the_firmware_lacks_has_no_series(tree):
    folder = "sys/class/fc_host/host0"
    roots = tree(
        {
            f"{folder}/port_id": "0x000002\n",
            f"{folder}/statistics/rx_frames": "0xffffffffffffffff\n",
            f"{folder}/statistics/tx_frames": "0x10\n",
        }
    )
    assert values(Fibrechannel(roots)) == {
        'node_fibrechannel_info{fc_host="host0",port_id="000002"}': "1",
        'node_fibrechannel_tx_frames_total{fc_host="host0"}': "16",
    }


def test_state_and_rate_of_a_port():
    assert parse_state("4: ACTIVE") == 4
    assert parse_rate("2.5 Gb/sec (1X SDR)") == 312_500_000
    with pytest.raises(ValueError, match="ACTIVE"):
        parse_state("ACTIVE")
    with pytest.raises(ValueError, match="fast"):
        parse_rate("fast")


def test_data_is_counted_in_words_of_four_bytes_and_what_a_port_lacks_has_no_series(tree):
    port = "sys/class/infiniband/mlx5_0/ports/1"
    roots = tree(
        {
            f"{port}/counters/port_rcv_data": "11\n",
            f"{port}/counters/symbol_error": "N/A (no PMA)\n",
            f"{port}/hw_counters/lifespan": "10\n",
        }
    )
    series = values(Infiniband(roots))
    labels = '{device="mlx5_0",port="1"}'
    assert series.pop('node_infiniband_info{device="mlx5_0"}') == "1"
    assert series == {
        f"node_infiniband_port_data_received_bytes_total{labels}": "44",
        f"node_infiniband_lifespan_seconds{labels}": "0.01",
    }
    assert values(Infiniband(roots, InfinibandOptions(device_exclude="^mlx5"))) == {}
