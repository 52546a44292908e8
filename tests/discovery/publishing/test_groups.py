"""What stands in the files: stable bytes, safe names, and targets that come back byte for byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from discovery.publishing.groups import file_name, is_ours, render, render_probes, restore_targets
from discovery.targets.target import Probe, Target


def make_target(number, **labels):
    own = {
        "__meta_consul_health": "passing",
        "__meta_consul_service": "shop",
        "__meta_consul_service_id": f"shop-{number}",
        "dc": "dc1",
        "host": "host-1",
        "instance": f"10.0.0.{number}:80",
        "job": "shop",
    }
    group = json.dumps({"targets": [f"10.0.0.{number}:80"], "labels": {**own, **labels}}).encode()
    return Target("dc1", "host-1", f"shop-{number}", "shop", f"10.0.0.{number}:80", "passing", group)


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
    assert render([make_target(1), make_target(2)]) == render([make_target(2), make_target(1)])
    assert json.loads(render([make_target(1)])) == [json.loads(make_target(1).group)]


def test_no_target_is_an_empty_list():
    assert json.loads(render([])) == []


def test_targets_come_back_byte_for_byte():
    content = render([make_target(1, team="é\n"), make_target(2)])
    restored = restore_targets({"app-shop.json": content})
    assert [target.key for _, target in restored] == [make_target(1).key, make_target(2).key]
    assert render(target for _, target in restored) == content
    assert {service for service, _ in restored} == {"shop"}


def make_probed(number, *, is_scraped=True):
    target = make_target(number)
    group = json.loads(target.group)
    group = {"targets": ["http://x/"], "labels": {**group["labels"], "job": "probe-http"}}
    probe = Probe("http", json.dumps(group).encode())
    return replace(target, probe=probe, group=target.group if is_scraped else b"")


def test_probes_stand_in_files_of_their_own_and_come_back():
    targets = [make_probed(1), make_probed(2, is_scraped=False), make_target(3)]
    files = {"app-shop.json": render(targets), "probe-http.json": render_probes(targets, "http")}
    assert [json.loads(content)[0]["labels"]["job"] for content in files.values()] == ["shop", "probe-http"]
    assert [len(json.loads(content)) for content in files.values()] == [2, 2]
    assert json.loads(render_probes(targets, "tcp")) == []
    restored = [target for _, target in restore_targets(files)]
    assert render(restored) == files["app-shop.json"]
    assert render_probes(restored, "http") == files["probe-http.json"]
    assert {target.job for target in restored} == {"shop"}


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[null]", b'[{"targets":["a:1"],"labels":{}}]', b"\xff"])
def test_what_is_not_ours_restores_nothing(content):
    assert restore_targets({"app-x.json": content}) == []


def test_other_people_s_files_are_not_ours():
    assert [
        name for name in ("node.json", "app-x.json", "probe-tcp.json", "by-hand.json", "nodes.json") if is_ours(name)
    ] == [
        "node.json",
        "app-x.json",
        "probe-tcp.json",
    ]
