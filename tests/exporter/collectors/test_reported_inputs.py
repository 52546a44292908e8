"""Inputs that users reported to node_exporter, procfs and cAdvisor; the table of docs/parity.md names the reports."""

import os

import pytest

from exporter.base.calls import EthtoolCalls, FileSystems
from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.cgroups.layout import find_group, find_layout
from exporter.collectors.bonding import Bonding
from exporter.collectors.cpu import parse as parse_cpus
from exporter.collectors.cpufreq import Cpufreq
from exporter.collectors.diskstats import Diskstats
from exporter.collectors.drm import Drm
from exporter.collectors.ethtool import Ethtool
from exporter.collectors.filesystem import Filesystem
from exporter.collectors.netclass import Netclass
from exporter.collectors.os import Os
from exporter.collectors.processes import Processes
from exporter.kernel.nfs_mountstats import parse_mountstats

from ..fixed_calls import fixed_ethtool  # noqa: TID252

SIZES = os.statvfs_result((4096, 4096, 1000, 400, 300, 65536, 60000, 60000, 0, 255))
STAT = "{} ({}) S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100 1000 50 0\n"
NO_READ = "/proc/self/mem"  # reading it from the start gives EIO


def lines_of(page, start):
    return [line for line in page.decode().split("\n") if line.startswith(start)]


@pytest.mark.parametrize("line", ["cpu1  1 2 3 4 5", "cpu1\t1 2\t3 4 5", "cpu1 1 2 3 4 5 "])
def test_columns_of_a_cpu_may_be_apart_by_any_blanks(line, skipped):
    assert parse_cpus(f"cpu  9 9 9 9\ncpu0 1 2 3 4 5\n{line}\n".encode()) == dict.fromkeys(
        ("0", "1"), (1, 2, 3, 4, 5, 0, 0, 0, 0, 0)
    )
    assert skipped.count == 0


@pytest.mark.parametrize(("path", "fstype"), [("/a\\000b", "ext4"), ("/a\0b", "ext4"), ("/a\0b", "nfs")])
def test_a_mount_point_with_a_nul_is_an_error_of_its_own(path, fstype, tree):
    text = f"20 1 8:1 / / rw - ext4 /dev/a rw\n21 1 8:2 / {path} rw - {fstype} /dev/b rw\n"
    roots = tree({"proc/1/mountinfo": text})._replace(root=Roots().root)
    collector = Supplies(roots, FileSystems(lambda path: os.statvfs(path) and SIZES)).make(Filesystem)
    page = collector.page()
    collector.close()
    assert len(lines_of(page, "node_filesystem_device_error{")) == 2
    assert 'device_error="invalid argument"' in lines_of(page, "node_filesystem_device_error{")[1]
    assert len(lines_of(page, "node_filesystem_size_bytes{")) == 1


def test_a_first_cpu_without_a_frequency_hides_no_other(tree, skipped):
    folder = "sys/devices/system/cpu/"
    roots = tree({folder + "cpu0/topology/core_id": "0", folder + "cpu1/cpufreq/scaling_cur_freq": "2000\n"})
    assert lines_of(Supplies(roots).make(Cpufreq).page(), "node_") == [
        'node_cpu_scaling_frequency_hertz{cpu="1"} 2000000'
    ]
    assert skipped.count == 0


def test_devices_whose_names_look_alike_are_told_apart(tree, skipped):
    roots = tree({})
    for number, name in enumerate((b"e\xfe", b"e\xff")):
        folder = roots.sys / "class" / "net" / os.fsdecode(name)
        folder.mkdir(parents=True)
        (folder / "mtu").write_text(f"{number}\n")
    supplies = Supplies(roots, EthtoolCalls(lambda _, request, size: fixed_ethtool("dummy0", request, size)))
    assert lines_of(supplies.make(Netclass).page(), "node_network_mtu") == [
        'node_network_mtu_bytes{device="e\ufffd"} 0',
        'node_network_mtu_bytes{device="e\\\\xff"} 1',
    ]
    assert len(lines_of(supplies.make(Ethtool).page(), "node_ethtool_info")) == 2
    assert skipped.count == 0


def test_a_mount_without_a_device_is_no_operation_of_the_one_before_it(skipped):
    text = "device a:/b mounted on /c with fstype nfs4 statvers=1.1\n\tper-op statistics\n\tREAD: 1 2 3 4 5 6 7 8 9\n"
    (mount,) = parse_mountstats(text + "no device mounted on /x with fstype bpf\n")
    assert list(mount.operations) == ["READ"]
    assert skipped.count == 0


def test_a_process_that_cannot_be_read_costs_itself_alone(tree, skipped):
    roots = tree({"proc/1/stat": STAT.format(1, "a"), "proc/2/x": "", "proc/sys/kernel/pid_max": "9\n"})
    (roots.proc / "2" / "stat").symlink_to(NO_READ)
    page = Supplies(roots).make(Processes).page()
    assert lines_of(page, "node_processes_pids") == ["node_processes_pids 1"]
    assert str(skipped.reasons["/proc/2/stat"]).startswith("OSError")


def test_an_os_release_that_cannot_be_read_leaves_the_other(tree):
    roots = tree({"root/etc/os-release/x": "", "root/usr/lib/os-release": "\ufeffNAME=x\r\nID='y'\r\n"})
    assert lines_of(Supplies(roots).make(Os).page(), "node_os_info") == ['node_os_info{id="y",name="x"} 1']


def test_a_group_is_found_without_the_controller_of_memory(tmp_path):
    (tmp_path / "cpu" / "docker" / "abc").mkdir(parents=True)
    assert find_group(find_layout(tmp_path), {}, "abc", "") == "/docker/abc"


def test_a_disk_with_a_slash_in_its_name_turns(tree):
    disk = " 104 0 cciss/c0d0 1 2 3 4 5 6 7 8 9 10 11\n"
    roots = tree({"proc/diskstats": disk, "sys/block/cciss!c0d0/queue/rotational": "1\n"})
    assert lines_of(Supplies(roots).make(Diskstats).page(), "node_disk_info") == [
        'node_disk_info{device="cciss/c0d0",major="104",minor="0",rotational="1"} 1'
    ]


def test_a_card_that_refuses_an_attribute_is_no_failure(tree, skipped):
    folder = "sys/class/drm/card0/device/"
    roots = tree({folder + "uevent": "DRIVER=amdgpu\n", folder + "mem_info_vram_used": "5\n"})
    (roots.sys / "class/drm/card0/device/gpu_busy_percent").symlink_to(NO_READ)
    page = Supplies(roots).make(Drm).page()
    assert lines_of(page, "node_drm_memory") == ['node_drm_memory_vram_used_bytes{card="card0"} 5']
    assert (lines_of(page, "node_drm_gpu"), skipped.count) == ([], 0)


def test_bonds_are_read_by_the_bytes_of_their_names(tree, skipped):
    roots = tree({"sys/class/net/bonding_masters": b"b\xff b\xfe\n"})
    for bond, state in ((b"b\xff", "up"), (b"b\xfe", "down")):
        folder = roots.sys / "class" / "net" / os.fsdecode(bond)
        (folder / os.fsdecode(b"lower_e\xff") / "bonding_slave").mkdir(parents=True)
        (folder / os.fsdecode(b"lower_e\xff") / "bonding_slave" / "mii_status").write_text(f"{state}\n")
        (folder / "bonding").mkdir()
        (folder / "bonding" / "slaves").write_bytes(b"e\xff\n")
    assert lines_of(Supplies(roots).make(Bonding).page(), "node_bonding_active") == [
        'node_bonding_active{master="b\ufffd"} 1',
        'node_bonding_active{master="b\\\\xfe"} 0',
    ]
    assert skipped.count == 0
