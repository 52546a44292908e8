"""Paths to block devices: the device mapper's and NVMe's."""

import pytest

from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.dmmultipath import Dmmultipath
from exporter.collectors.nvmesubsystem import Nvmesubsystem
from exporter.parsing import items


def mapper(**changed):
    device = "sys/block/dm-7"
    files = {
        f"{device}/dm/uuid": "mpath-3600a\n",
        f"{device}/dm/name": "data\n",
        f"{device}/dm/suspended": "0\n",
        f"{device}/size": "8\n",
        f"{device}/slaves/sda/x": "",
        f"{device}/slaves/sdb/x": "",
        "sys/block/sda/device/state": "running\n",
        "sys/block/sdb/device/state": "blocked\n",
        "sys/block/dm-1/dm/uuid": "LVM-x\n",
    }
    return files | {f"{device}/{name.replace('__', '/')}": text for name, text in changed.items()}


def read(kind, roots):
    skipped = items.begin()
    samples = list(Supplies(roots).make(kind).collect())
    return {(sample.family.name.split("_", 2)[2], *sample.labels): sample.value for sample in samples}, skipped


def test_a_device_and_its_paths(tree):
    series, skipped = read(Dmmultipath, tree(mapper()))
    assert series["device_size_bytes", "data", "dm-7"] == 4096
    assert series["device_paths", "data", "dm-7"] == 2
    assert series["device_paths_active", "data", "dm-7"] == series["device_paths_failed", "data", "dm-7"] == 1
    assert series["path_state", "data", "sdb", "blocked"] == 1
    assert not skipped.count


@pytest.mark.parametrize(("broken", "lost"), [("size", "device_size_bytes"), ("dm__suspended", "device_active")])
@pytest.mark.parametrize("text", ["", "-1\n", "0x8\n", "8 KiB\n", "٨\n", "9" * 5000])
def test_what_is_no_number_costs_itself(tree, broken, lost, text):
    whole, _ = read(Dmmultipath, tree(mapper()))
    series, skipped = read(Dmmultipath, tree(mapper(**{broken: text})))
    assert set(whole) - set(series) == {(lost, "data", "dm-7")}
    assert skipped.count == 1


def test_a_path_that_tells_no_state_is_none_that_works(tree):
    roots = tree(mapper())
    (roots.sys / "block/sda/device/state").unlink()
    series, _ = read(Dmmultipath, roots)
    assert series["device_paths", "data", "dm-7"] == series["device_paths_failed", "data", "dm-7"] == 2
    assert ("path_state", "data", "sda", "running") not in series


def test_a_nameless_device_does_not_hide_the_others(tree):
    roots = tree(mapper() | {"sys/block/dm-8/dm/uuid": "mpath-1\n", "sys/block/dm-8/size": "8\n"})
    series, skipped = read(Dmmultipath, roots)
    assert ("device_paths", "data", "dm-7") in series
    assert skipped.count == 1


def test_logical_volumes_alone_are_no_multipath(tree):
    with pytest.raises(NotApplicableError):
        read(Dmmultipath, tree({"sys/block/dm-1/dm/uuid": "LVM-x\n"}))


def subsystem(state):
    folder = "sys/class/nvme-subsystem/nvme-subsys1"
    return {
        f"{folder}/subsysnqn": "nqn.x\n",
        f"{folder}/nvme1/state": state,
        f"{folder}/nvme1/transport": "tcp\n",
        f"{folder}/nvme2/state": "live\n",
        f"{folder}/nvme1n1/size": "1\n",
        f"{folder}/nvme1c1n1/size": "1\n",
    }


@pytest.mark.parametrize(
    ("text", "state"),
    [("live\n", "live"), ("deleting (no IO)\n", "deleting"), ("on fire\n", "unknown"), ("\r\n", "unknown")],
)
def test_a_controller_has_one_state(tree, text, state):
    series, _ = read(Nvmesubsystem, tree(subsystem(text)))
    states = {key[4]: value for key, value in series.items() if key[:3] == ("path_state", "nvme-subsys1", "nvme1")}
    assert [name for name, value in states.items() if value] == [state]
    assert series["paths", "nvme-subsys1"] == 2
    assert series["paths_live", "nvme-subsys1"] == 1 + (state == "live")
    assert [key for key in series if key[0] == "namespace_info"] == [("namespace_info", "nvme-subsys1", "nvme1n1")]


def test_an_unreadable_state_is_unknown_and_counted(tree):
    roots = tree(subsystem("live\n"))
    (roots.sys / "class/nvme-subsystem/nvme-subsys1/nvme1/state").unlink()
    series, skipped = read(Nvmesubsystem, roots)
    assert series["path_state", "nvme-subsys1", "nvme1", "tcp", "unknown"] == 1
    assert skipped.count == 1
