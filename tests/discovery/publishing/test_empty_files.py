"""The file of a job that ended stays, empty, for a while; then it goes."""

import time

import pytest

from discovery.publishing.empty_files import EmptyFiles
from discovery.publishing.files import Folder


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path)
    folder.prepare()
    for name in ("app-ended.json", "app-shop.json", "node.json"):
        folder.write(name, b"[]\n")
    return folder


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_what_has_been_empty_for_long_goes_and_is_not_missed(folder, clock):
    empty = EmptyFiles(60)
    empty.note("app-ended.json", b"[]\n")
    clock[0] += 59
    assert empty.remove_old(folder) == set()
    clock[0] += 1
    assert empty.remove_old(folder) == {"app-ended.json"}
    assert not (folder.path / "app-ended.json").exists()
    assert folder.find_foreign_changes().missing == set()


def test_a_job_that_came_back_begins_anew(folder, clock):
    empty = EmptyFiles(60)
    empty.note("app-shop.json", b"[]\n")
    clock[0] += 59
    empty.note("app-shop.json", b"[\n{}\n]\n")
    empty.note("app-shop.json", b"[]\n")
    clock[0] += 59
    assert empty.remove_old(folder) == set()


def test_files_with_names_of_their_own_stay(folder, clock):
    empty = EmptyFiles(60)
    empty.note("node.json", b"[]\n")
    clock[0] += 600
    assert empty.remove_old(folder) == set()


def test_an_empty_file_that_another_bridge_took_away_is_not_written_again(folder, clock):
    empty = EmptyFiles(60)
    empty.note("app-ended.json", b"[]\n")
    assert empty.without_removed({"app-ended.json", "app-shop.json"}, folder) == {"app-shop.json"}
    clock[0] += 600
    assert empty.remove_old(folder) == set()
