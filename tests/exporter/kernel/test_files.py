import os

import pytest

from exporter.kernel.files import KernelFile, list_folder, read_text, read_text_or


def test_kernel_file_is_read_whole_and_anew_each_time(tmp_path):
    path = tmp_path / "stat"
    path.write_bytes(b"x" * 200_000)
    file = KernelFile(path)
    assert len(file.read()) == 200_000
    path.write_bytes(b"new")
    assert file.read() == b"new"
    file.close()


def test_kernel_file_that_failed_is_opened_again(tmp_path):
    path = tmp_path / "later"
    file = KernelFile(path)
    with pytest.raises(FileNotFoundError):
        file.read()
    path.write_text("here")
    assert file.read() == b"here"
    os.close(file._descriptor)  # as if the device behind it had gone
    file._descriptor = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(IsADirectoryError):
        file.read()
    assert file.read() == b"here"
    file.close()


def test_small_files(tmp_path):
    (tmp_path / "name").write_bytes(b" \xff eth0\n")
    assert read_text(tmp_path / "name") == "\ufffd eth0"
    assert read_text_or(tmp_path / "none", "-") == "-"
    assert list_folder(tmp_path) == ["name"]
    assert list_folder(tmp_path / "none") == []
