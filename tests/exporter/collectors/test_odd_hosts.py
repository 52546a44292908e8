"""Hosts that others reported to others' exporters: what is odd about them costs itself alone."""

import os

import pytest

from exporter.base.calls import FileSystems
from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.collectors.conntrack import Conntrack
from exporter.collectors.cpu import Cpu
from exporter.collectors.diskstats import Diskstats
from exporter.collectors.filesystem import Filesystem, FilesystemOptions, strip_root
from exporter.collectors.nvme import Nvme
from exporter.collectors.zfs import Zfs
from exporter.kernel.cpu_list import parse_cpu_list

SIZES = os.statvfs_result((4096, 4096, 1000, 400, 300, 65536, 60000, 60000, 0, 255))
DISK = "   8       0 {} 1 2 3 4 5 6 7 8 0 10 11\n"


def lines_of(page, start):
    return [line for line in page.decode().split("\n") if line.startswith(start)]


def test_conntrack_without_its_statistics(tree, skipped):
    folder = "proc/sys/net/netfilter/"
    page = Conntrack(tree({folder + "nf_conntrack_count": "61234\n", folder + "nf_conntrack_max": "65536\n"})).page()
    assert lines_of(page, "node_") == ["node_nf_conntrack_entries 61234", "node_nf_conntrack_entries_limit 65536"]
    assert skipped.count == 0


@pytest.mark.parametrize("separator", ["\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u3000"])
def test_a_mount_point_may_hold_what_elsewhere_ends_a_line(separator, tree, skipped):
    lines = ["20 1 8:1 / / rw - ext4 /dev/sda1 rw", f"21 1 8:2 / /srv/a{separator}b rw - ext4 /dev/sda2 rw"]
    page = (
        Supplies(tree({"proc/1/mountinfo": "\n".join(lines) + "\n"}), FileSystems(lambda _: SIZES))
        .make(Filesystem)
        .page()
    )
    sizes = lines_of(page, "node_filesystem_size_bytes")
    assert [size.partition("mountpoint=")[2] for size in sizes] == ['"/"} 4096000', f'"/srv/a{separator}b"}} 4096000']
    assert skipped.count == 0


def test_mount_points_that_are_not_utf8_are_asked_by_their_bytes_and_told_apart(tree, skipped):
    asked = []

    def statvfs(path):
        asked.append(os.fsencode(path))
        return SIZES

    lines = b"".join(
        b"2%d 1 8:2 / /srv/a%b rw - ext4 /dev/sda2 rw\n" % (n, end) for n, end in enumerate((b"\xff", b"\xfe"))
    )
    roots = tree({"proc/1/mountinfo": lines})._replace(root=Roots().root)
    page = Supplies(roots, FileSystems(statvfs)).make(Filesystem).page()
    assert asked == [b"/srv/a\xff", b"/srv/a\xfe"]
    labels = [line.partition("mountpoint=")[2] for line in lines_of(page, "node_filesystem_device_error")]
    assert labels == ['"/srv/a\ufffd"} 0', '"/srv/a\\\\xfe"} 0']
    assert skipped.count == 0


def test_a_line_that_is_no_mount_is_told_at_each_scrape(tree, skipped):
    text = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\nnonsense\n"
    collector = Supplies(tree({"proc/1/mountinfo": text}), FileSystems(lambda _: SIZES)).make(Filesystem)
    for count in (1, 2):
        assert len(lines_of(collector.page(), "node_filesystem_size_bytes")) == 1
        assert skipped.count == count


def test_a_prefix_is_cut_at_a_slash_alone(tree):
    assert strip_root(b"/hostdata", b"/host") == b"/hostdata"
    assert [strip_root(path, b"/host") for path in (b"/host", b"/host/", b"/host/a")] == [b"/", b"/", b"/a"]
    roots = tree({"proc/1/mountinfo": "20 1 8:1 / /hostdata rw - ext4 /dev/sda1 rw\n"})
    roots = roots._replace(root=Roots().root / "host")
    page = Supplies(roots, FileSystems(lambda _: SIZES)).make(Filesystem, FilesystemOptions()).page()
    assert b'mountpoint="/hostdata"' in page


@pytest.mark.parametrize("isolated", ["   (null)", "0-x", "4294967295", "0-99999999999999"])
def test_a_list_of_isolated_cpus_that_is_none(isolated, tree, skipped):
    folder = "sys/devices/system/cpu/"
    files = {
        "proc/stat": "cpu0 1 2 3 4\n",
        folder + "isolated": isolated + "\n",
        folder + "cpu0/topology/core_id": "0\n",
    }
    collector = Supplies(tree(files)).make(Cpu)
    for count in (1, 2):
        page = collector.page()
        assert b"node_cpu_isolated" not in page
        assert b'node_cpu_seconds_total{cpu="0",mode="idle"} 0.04' in page
        assert skipped.count == count


def test_cpu_lists():
    assert parse_cpu_list("0,2-4") == ["0", "2", "3", "4"]
    assert parse_cpu_list("0-7:2/4") == ["0", "1", "4", "5"]


def test_two_lines_of_sums_are_no_cpu(tree, skipped):
    text = "cpu  57589 0 0 9\ncpu  57589 0 0 9\ncpu0 1 2 3 4 5 6 7 8\ncpu1 1 2 x 4\ncpu2 1 2 3 4 5 6 7 8\nintr 1\n"
    page = Supplies(tree({"proc/stat": text})).make(Cpu).page()
    assert {line[:36] for line in lines_of(page, "node_cpu_seconds_total")} == {
        'node_cpu_seconds_total{cpu="0",mode=', 'node_cpu_seconds_total{cpu="2",mode=',
    }  # fmt: skip
    assert list(skipped.reasons) == ["/proc/stat, cpu1"]


@pytest.mark.parametrize("other", ["", "8 1 sdb 1", "8 x sdb 1 2 3 4 5 6 7 8 9 10 11"])
def test_a_disk_that_can_not_be_understood_costs_itself_alone(other, tree, skipped):
    udev = "E:ID_ATA=1\nE:ID_ATA_WRITE_CACHE=1\nE:ID_ATA_ROTATION_RATE_RPM=unknown\n"
    page = Diskstats(tree({"proc/diskstats": f"{other}\n" + DISK.format("sda"), "udev/b8:0": udev})).page()
    assert b'node_disk_reads_completed_total{device="sda"} 1' in page
    assert b'node_disk_ata_write_cache{device="sda"} 1' in page
    assert b"rotation_rate" not in page
    assert skipped.count == 2


def test_disks_of_one_name_are_summed(tree, skipped):
    text = DISK.format("sda") + DISK.format("sda").replace(" 0 sda", " 16 sda") + DISK.format("sda")
    page = Diskstats(tree({"proc/diskstats": text})).page()
    assert lines_of(page, "node_disk_reads_completed_total") == ['node_disk_reads_completed_total{device="sda"} 2']
    assert len(lines_of(page, "node_disk_info")) == 2
    assert skipped.count == 1


def test_paths_of_nvme_multipath_have_namespaces(tree):
    folder = "sys/class/nvme/nvme0/nvme0c0n1/"
    page = Nvme(tree({folder + "size": "8\n", folder + "ana_state": "optimized\n"})).page()
    assert b'node_nvme_namespace_info{device="nvme0",nsid="1",ana_state="optimized"} 1' in page
    assert b'node_nvme_namespace_size_bytes{device="nvme0",nsid="1"} 4096' in page


def test_a_pool_with_a_number_below_zero_and_one_that_is_garbage(tree, skipped):
    folder = "proc/spl/kstat/zfs/"
    head = "6 1 0x01 91 4368 5266997922 97951858082072\n"
    files = {
        folder + "arcstats": head + "name type data\nhits 4 100\n",
        folder + "abdstats": "",
        folder + "tank/io": head + "nread wlentime\n5 -7\n",
        folder + "dark/io": "?",
        folder + "tank/objset-0x1": head + "name type data\nreads 4 3\n",
    }
    page = Zfs(tree(files)).page()
    assert lines_of(page, "node_zfs") == [
        "node_zfs_arc_hits 100", 'node_zfs_zpool_nread{zpool="tank"} 5', 'node_zfs_zpool_wlentime{zpool="tank"} -7',
    ]  # fmt: skip
    assert skipped.count == 3, skipped.reasons
