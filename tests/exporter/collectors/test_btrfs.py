"""Layouts, commits and the structures of the ioctls; a real btrfs where the machine can have one."""

import struct
import subprocess
import uuid

import pytest

from exporter.base.supplies import Supplies
from exporter.collectors.btrfs import Btrfs, allocation_ratio, parse_commits
from exporter.kernel import btrfs_ioctl as ioctls


@pytest.mark.parametrize(
    ("mode", "devices", "ratio"),
    [
        ("single", 1, 1),
        ("dup", 1, 2),
        ("raid1c3", 4, 3),
        ("raid5", 4, 4 / 3),
        ("raid6", 4, 2),
        ("raid5", 1, 0),
        ("new", 2, 0),
    ],
)
def test_allocation_ratio(mode, devices, ratio):
    assert allocation_ratio(mode, devices) == ratio


def test_commits():
    assert parse_commits("commits 7\nlast_commit_ms 8") == {"commits": 7, "last_commit_ms": 8}
    with pytest.raises(ValueError, match="many"):
        parse_commits("commits many")


def test_request_numbers_are_those_of_the_header():
    # As strace(1) prints BTRFS_IOC_FS_INFO, _DEV_INFO and _GET_DEV_STATS.
    assert (ioctls.FS_INFO, ioctls.DEVICE_INFO, ioctls.DEVICE_STATISTICS) == (0x8400941F, 0xD000941E, 0xC4089434)


def test_devices_are_read_from_the_structures(monkeypatch, tmp_path):
    identity, disk = uuid.uuid4(), uuid.uuid4()

    def answer(_descriptor, request, buffer):
        number = struct.unpack_from("=Q", buffer)[0]
        if request == ioctls.FS_INFO:
            struct.pack_into("=QQ16s", buffer, 0, 3, 1, identity.bytes)
        elif number != 3:
            raise OSError(19, "No such device")
        elif request == ioctls.DEVICE_INFO:
            struct.pack_into("=Q16sQQ", buffer, 0, 3, disk.bytes, 70, 100)
            struct.pack_into("9s", buffer, 3072, b"/dev/sdx\0")
        else:
            assert struct.unpack_from("=QQ", buffer) == (3, 5)
            struct.pack_into("=QQQ5Q", buffer, 0, 3, 5, 0, 1, 2, 3, 4, 5)

    monkeypatch.setattr(ioctls.fcntl, "ioctl", answer)
    assert ioctls.read_devices(str(tmp_path)) == (
        str(identity),
        [ioctls.Device("sdx", str(disk), 70, 100, (1, 2, 3, 4, 5))],
    )


def test_folder_that_is_no_btrfs_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        ioctls.read_devices(str(tmp_path / "missing"))


def test_garbage_in_commits_is_an_error_of_the_collector(tree):
    with pytest.raises(ValueError, match="invalid literal"):
        Supplies(tree({"sys/fs/btrfs/a-b/commit_stats": "commits x\n", "proc/1/mountinfo": ""})).make(Btrfs).page()


@pytest.fixture
def mounted(tmp_path):
    """Return the UUID of a btrfs mounted from two files; skip where the machine can't have one."""
    images = [tmp_path / "one", tmp_path / "two"]
    for image in images:
        with image.open("wb") as file:
            file.truncate(200 << 20)
    point = tmp_path / "point"
    point.mkdir()
    loops = []
    try:
        subprocess.run(["mkfs.btrfs", "-q", "-d", "raid1", "-m", "raid1", *images], check=True, capture_output=True)
        for image in images:
            loop_device = subprocess.run(["losetup", "-f", "--show", image], check=True, capture_output=True, text=True)
            loops.append(loop_device.stdout.strip())
        devices = ",".join(f"device={loop}" for loop in loops)
        subprocess.run(["mount", "-t", "btrfs", "-o", devices, loops[0], point], check=True, capture_output=True)
        yield point
        subprocess.run(["umount", point], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no btrfs here: {error}")
    finally:
        for loop in loops:
            subprocess.run(["losetup", "-d", loop], check=False)


@pytest.mark.root
def test_real_file_system_tells_its_devices(mounted):
    identity, devices = ioctls.read_devices(str(mounted))
    assert [device.bytes_total for device in devices] == [200 << 20, 200 << 20]
    supplies = Supplies()
    page = supplies.make(Btrfs).page().decode()
    supplies.close()
    for device in devices:
        assert (
            f'node_btrfs_device_size_bytes{{btrfs_dev_uuid="{device.uuid}",device="{device.name}",uuid="{identity}"}}'
            in page
        )
