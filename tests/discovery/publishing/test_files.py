"""The folder's files are whole, in their place, only written when their content changed, and looked after."""

import errno
import json
import os
from pathlib import Path

import pytest

from discovery.publishing.files import Folder


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path)
    folder.prepare()
    return folder


def test_only_a_changed_content_is_written(folder, tmp_path):
    assert folder.write("app-shop.json", b"[1]") is True
    first = (tmp_path / "app-shop.json").stat()
    assert folder.write("app-shop.json", b"[1]") is False
    assert (tmp_path / "app-shop.json").stat() == first
    assert folder.write("app-shop.json", b"[2]") is True
    assert (tmp_path / "app-shop.json").stat().st_ino != first.st_ino


def test_after_a_restart_an_unchanged_file_is_left_alone(folder, tmp_path):
    folder.write("app-shop.json", b"[1]")
    again = Folder(tmp_path)
    again.prepare()
    assert again.read() == {"app-shop.json": b"[1]"}
    assert again.write("app-shop.json", b"[1]") is False


def test_a_file_is_readable_for_prometheus_and_nothing_else_lies_beside_it(folder, tmp_path):
    folder.write("app-shop.json", b"[]")
    assert (tmp_path / "app-shop.json").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == [".state", ".tmp", "app-shop.json"]
    assert list((tmp_path / ".tmp").iterdir()) == []


def test_what_somebody_took_away_or_changed_is_noticed_once(folder, tmp_path):
    for name in ("app-a.json", "app-b.json", "app-c.json"):
        folder.write(name, b"[1]")
    assert folder.find_foreign_changes() == (set(), set())
    (tmp_path / "app-a.json").unlink()
    (tmp_path / "app-b.json").write_bytes(b"[2]")
    os.utime(tmp_path / "app-c.json")
    foreign = folder.find_foreign_changes()
    assert foreign == ({"app-a.json"}, {"app-b.json"})
    folder.invalidate(foreign.missing | foreign.changed)
    assert [folder.write(name, b"[1]") for name in ("app-a.json", "app-b.json", "app-c.json")] == [True, True, False]
    assert folder.find_foreign_changes() == (set(), set())


def test_a_folder_on_another_file_system_is_an_error_and_leaves_nothing_half_done(folder, tmp_path, tmp_path_factory):
    folder.write("app-a.json", b"[1]")
    elsewhere = tmp_path_factory.mktemp("shm", numbered=True)
    (tmp_path / ".tmp").rmdir()
    (tmp_path / ".tmp").symlink_to(_other_file_system(elsewhere))
    with pytest.raises(OSError, match="ross-device") as caught:
        folder.write("app-a.json", b"[2]")
    assert caught.value.errno == errno.EXDEV
    assert json.loads((tmp_path / "app-a.json").read_bytes()) == [1]
    (tmp_path / ".tmp").unlink()
    folder.prepare()
    assert folder.write("app-a.json", b"[2]") is True


def _other_file_system(folder):
    """Return a folder that lies on another file system than `folder`; every Linux has one in /dev/shm."""
    assert Path("/dev/shm").stat().st_dev != folder.stat().st_dev
    return Path("/dev/shm")


def test_two_bridges_in_one_folder_never_tear_a_file(folder, tmp_path):
    other = Folder(tmp_path)
    other.prepare()
    folder.write("app-a.json", b"[1]")
    other.write("app-a.json", b"[2]")
    assert folder.find_foreign_changes() == (set(), {"app-a.json"})
    assert folder.write("app-a.json", b"[1]") is True
    assert other.find_foreign_changes() == (set(), {"app-a.json"})
