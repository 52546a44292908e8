"""Files are whole, stable, in their folder, and only written when their content changed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.files import Folder, file_name, render, service_of
from discovery.targets import Target


def make(number, **labels):
    found = {
        "__meta_consul_health": "passing",
        "__meta_consul_service": "shop",
        "__meta_consul_service_id": f"shop-{number}",
        "dc": "dc1",
        "host": "host-1",
        "instance": f"10.0.0.{number}:80",
        "job": "shop",
    }
    group = json.dumps({"targets": [f"10.0.0.{number}:80"], "labels": {**found, **labels}}).encode()
    return Target("dc1", "host-1", f"shop-{number}", "shop", f"10.0.0.{number}:80", "passing", group)


@pytest.fixture
def folder(tmp_path):
    made = Folder(tmp_path)
    made.prepare()
    return made


@pytest.mark.parametrize(("job", "name"), [("node", "node.json"), ("shop", "app-shop.json"), ("a-b", "app-a-b.json")])
def test_a_plain_job_gives_its_file_its_name(job, name):
    assert file_name(job) == name


@given(st.lists(st.text(min_size=1), unique=True, max_size=20))
def test_no_name_leaves_the_folder_and_no_two_share_a_file(jobs):
    names = [file_name(job) for job in jobs if job != "node"]
    assert len(set(names)) == len(names)
    for name in names:
        assert name.startswith("app-")
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert name.count(".") == 1


def test_nobody_can_take_the_file_of_a_hostile_name_by_its_plain_name():
    taken = file_name("../../etc/passwd")
    assert file_name(taken.removeprefix("app-").removesuffix(".json")) != taken


def test_the_same_targets_give_the_same_bytes_in_any_order():
    assert render([make(1), make(2)]) == render([make(2), make(1)])
    assert json.loads(render([make(1)])) == [json.loads(make(1).group)]


def test_no_target_is_an_empty_list():
    assert json.loads(render([])) == []


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
    assert again.write("app-shop.json", b"[1]") is False


def test_a_file_is_readable_for_prometheus_and_nothing_else_lies_beside_it(folder, tmp_path):
    folder.write("app-shop.json", b"[]")
    assert (tmp_path / "app-shop.json").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == [".state", ".tmp", "app-shop.json"]
    assert list((tmp_path / ".tmp").iterdir()) == []


def test_targets_come_back_byte_for_byte(folder):
    folder.write("app-shop.json", render([make(1, team="é\n"), make(2)]))
    found = list(folder.targets())
    assert [one.key for one in found] == [make(1).key, make(2).key]
    assert render(found) == render([make(1, team="é\n"), make(2)])
    assert {service_of(one) for one in found} == {"shop"}


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[null]", b'[{"targets":["a:1"],"labels":{}}]', b"\xff"])
def test_what_is_not_ours_is_no_memory(folder, tmp_path, content):
    (tmp_path / "app-x.json").write_bytes(content)
    assert list(folder.targets()) == []


def test_other_people_s_files_are_no_memory(folder, tmp_path):
    (tmp_path / "by-hand.json").write_bytes(render([make(1)]))
    assert list(folder.targets()) == []
