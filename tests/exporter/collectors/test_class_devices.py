"""Devices of /sys that lack files, hold garbage or are left out by an option."""

import pytest

from exporter.base.collector import NotApplicableError
from exporter.collectors import nvme, powersupplyclass, tapestats, thermal_zone, watchdog, xfs

SUPPLY, TAPE = "sys/class/power_supply/BAT0/", "sys/class/scsi_tape/st0/stats/"
ZONE, NVME, DOG = "sys/class/thermal/thermal_zone0/", "sys/class/nvme/nvme0/", "sys/class/watchdog/watchdog0/"
XFS = "sys/fs/xfs/sda1/stats/stats"


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        (nvme.Nvme, {NVME + "nvme0n1/queue/logical_block_size": "512", NVME + "nvme0n1/size": "\xff\x00"}),
        (powersupplyclass.Powersupplyclass, {SUPPLY + "capacity": "full"}),
        (tapestats.Tapestats, {TAPE + "io_ns": "1e9"}),
        (thermal_zone.ThermalZone, {ZONE + "temp": "warm"}),
        (watchdog.Watchdog, {DOG + "timeout": "soon"}),
        (xfs.Xfs, {XFS: "extent_alloc 1 2 three 4"}),
        (xfs.Xfs, {XFS: ""}),
    ],
)
def test_garbage_is_an_error(kind, files, tree):
    with pytest.raises(ValueError, match=r"invalid literal|expected"):
        kind(tree(files)).page()


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        (nvme.Nvme, "class/nvme"),
        (powersupplyclass.Powersupplyclass, "class/power_supply"),
        (tapestats.Tapestats, "class/scsi_tape"),
        (thermal_zone.ThermalZone, "class/thermal"),
        (watchdog.Watchdog, "class/watchdog"),
        (xfs.Xfs, "fs/xfs"),
    ],
)
def test_an_empty_class_is_nothing_to_measure(kind, folder, tree, tmp_path):
    (tmp_path / "sys" / folder).mkdir(parents=True)
    with pytest.raises(NotApplicableError, match=folder):
        kind(tree({})).page()


def test_what_a_namespace_lacks_is_left_out(tree):
    page = nvme.Nvme(tree({NVME + "state": "dead", NVME + "nvme0n1/nuse": "8"})).page()
    assert b'node_nvme_info{device="nvme0",state="dead"} 1' in page
    assert b"_bytes" not in page


def test_a_namespace_of_large_blocks_has_the_size_that_its_sectors_say(tree):
    folder = NVME + "nvme0n1/"
    files = {folder + "size": "2048000", folder + "nuse": "1000", folder + "queue/logical_block_size": "4096"}
    page = nvme.Nvme(tree(files)).page()
    assert b'node_nvme_namespace_size_bytes{device="nvme0",nsid="1"} 1048576000\n' in page
    assert b'node_nvme_namespace_used_bytes{device="nvme0",nsid="1"} 4096000\n' in page


def test_label_values_may_be_anything(tree):
    page = powersupplyclass.Powersupplyclass(tree({SUPPLY + "model_name": b'a"\\\xff\nb'})).page()
    assert page.decode().splitlines()[2] == (
        'node_power_supply_info{power_supply="BAT0",model_name="a\\"\\\\\N{REPLACEMENT CHARACTER}\\nb"} 1'
    )


def test_supplies_and_tapes_can_be_left_out(tree):
    roots = tree({SUPPLY + "capacity": "81", TAPE + "io_ns": "5"})
    options = powersupplyclass.PowersupplyclassOptions(ignored_supplies="^BAT")
    assert powersupplyclass.Powersupplyclass(roots, options).page() == b""
    assert tapestats.Tapestats(roots, tapestats.TapestatsOptions(ignored_devices="^st0$")).page() == b""


def test_a_zone_that_is_off_costs_only_its_own_series(tree, tmp_path):
    roots = tree({ZONE + "type": "cpu", "sys/class/thermal/thermal_zone1/temp": "41000"})
    (tmp_path / ZONE / "temp").mkdir()  # read(2) of a folder fails, as that of an attribute whose driver refuses
    page = thermal_zone.ThermalZone(roots).page()
    assert page.splitlines()[2:] == [b'node_thermal_zone_temp{zone="1"} 41']


def test_a_file_system_that_is_unmounted_meanwhile_is_left_out(tree, roots, tmp_path):
    (tmp_path / "sys/fs/xfs/gone").mkdir(parents=True)
    text = (roots.sys / "fs/xfs/sda1/stats/stats").read_text()
    page = xfs.Xfs(tree({XFS: text})).page()
    assert b'{device="sda1"}' in page
    assert b"gone" not in page
