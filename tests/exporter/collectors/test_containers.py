import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.cgroups.files import Budget, GroupFile
from exporter.collectors.containers import Containers
from exporter.docker.client import Client
from exporter.docker.inventory import Inventory
from tests.exporter.collectors.test_damaged_files import LINE, damaged
from tests.exporter.recorded_hosts import TREES, RecordedHost, decode, let_be

from .test_containers_trees import values


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def many(open_tree, tmp_path):
    """Return `many(count)`: a host with that many containers, each a copy of the recorded one, and those."""
    container, group = decode(TREES / "podman"), "machine.slice"

    def many(count):
        shutil.copytree(TREES / "podman", tmp_path / "tree", symlinks=True)
        host = open_tree(tmp_path / "tree")
        containers = []
        for number in range(count):
            name, pid = f"{number:064x}", 10_000 + number
            shutil.copytree(
                TREES / f"podman/sys/fs/cgroup/{group}/libpod-{container.id}.scope",
                host.roots.sys / f"fs/cgroup/{group}/libpod-{name}.scope",
            )
            shutil.copytree(TREES / "podman/proc/901", host.roots.proc / str(pid), symlinks=True)
            (host.roots.proc / str(pid) / "cgroup").write_text(f"0::/{group}/libpod-{name}.scope/container\n")
            containers.append(msgspec.structs.replace(container, id=name, name=f"box-{number}", pid=pid))
        let_be(host, *containers)
        return host, containers

    return many


def count_running(page):
    return page.count(b"\ncontainer_last_seen{")


def test_without_a_daemon_there_is_nothing_to_measure(tree, tmp_path, collect):
    with pytest.raises(NotApplicableError):
        Supplies(tree({})).make(Containers).page()
    host = RecordedHost(tree({}), Inventory(Client(f"unix://{tmp_path}/none.sock")))
    collector = collect(host)
    assert collector.page() == b""  # not asked yet: no reason to be left alone for a minute
    let_be(host, is_known=False, is_connected=False, failure="FileNotFoundError: none")
    with pytest.raises(NotApplicableError, match=r"none\.sock: FileNotFoundError"):
        collector.page()


def test_a_daemon_that_is_away_costs_no_metric(many, collect):
    host, containers = many(2)
    collector = collect(host)
    collector.page()
    let_be(host, *containers, is_connected=False, failure="ConnectionRefusedError")
    page = collector.page()
    assert count_running(page) == 2
    assert b"\nvigie_container_daemon_connected 0\n" in page


def test_a_container_that_vanishes_costs_only_itself(many, collect):
    host, containers = many(3)
    collector = collect(host)
    assert count_running(collector.page()) == 3
    shutil.rmtree(host.roots.proc / str(containers[1].pid))
    page = collector.page()
    assert count_running(page) == 2
    names = {line.partition(b"{")[0] for line in page.splitlines() if b'"box-1"' in line}
    assert all(name.startswith(b"vigie_") or name == b"container_health_state" for name in names)  # the daemon's word
    assert b"\ncontainer_scrape_error 0\n" in page


def test_a_container_that_cannot_be_read_is_an_error_of_its_own(many, collect):
    host, containers = many(3)
    (host.roots.sys / f"fs/cgroup/machine.slice/libpod-{containers[2].id}.scope/memory.stat").write_text("nonsense\n")
    page = collect(host).page()
    assert count_running(page) == 2
    assert b"\ncontainer_scrape_error 1\n" in page


def test_a_restarted_container_is_read_anew(many, collect):
    host, (container,) = many(1)
    collector = collect(host)
    collector.page()
    reader = collector._readers[container.id]
    let_be(host, msgspec.structs.replace(container, health="healthy"))
    collector.page()
    assert collector._readers[container.id] is reader
    let_be(host, msgspec.structs.replace(container, started_at=container.started_at + 60))
    page = collector.page()
    assert collector._readers[container.id] is not reader
    assert values(page, "container_start_time_seconds") == {"": int(container.started_at) + 60}


def test_a_renamed_container_has_its_new_name_everywhere(many, collect):
    host, (container,) = many(1)
    collector = collect(host)
    collector.page()
    let_be(host, msgspec.structs.replace(container, name="other"))
    page = collector.page()
    assert b'"box-0"' not in page
    assert page.count(b'"other"') > 30


def test_comings_and_goings_leave_nothing_behind(many, collect):
    host, containers = many(60)
    collector = collect(host)
    let_be(host)
    collector.page()
    descriptors, budget = open_descriptors(), None
    for first in range(0, 60, 6):
        let_be(host, *containers[first : first + 6])
        assert count_running(collector.page()) == 6
        budget = collector._shared.budget.left if budget is None else budget
        assert collector._shared.budget.left == budget
    assert open_descriptors() > descriptors
    let_be(host)
    assert count_running(collector.page()) == 0
    assert (collector._readers, collector._groups) == ({}, {})
    assert open_descriptors() == descriptors


def test_kept_descriptors_are_bounded_and_the_rest_is_read_all_the_same(many, collect, monkeypatch):
    monkeypatch.setattr("exporter.collectors.containers.make_budget", lambda: Budget(9))
    host, _ = many(5)
    collector = collect(host)
    before = open_descriptors()
    assert count_running(collector.page()) == 5
    assert open_descriptors() == before + 9


def test_an_odd_name_or_label_breaks_no_line(many, collect):
    host, (container,) = many(1)
    labels = {"com.docker.compose.service": 'a"b\n\\c}', "com.docker.compose.project": "", "secret": "hunter2"}
    let_be(host, msgspec.structs.replace(container, name='we"ird\n{}%s%', image="%d", labels=labels))
    page = collect(host).page()
    for line in page.splitlines():
        assert LINE.fullmatch(line), line
    assert rb'name="we\"ird\n{}%s%"' in page
    assert b"hunter2" not in page
    assert b'=""' not in page


def test_processes_can_be_left_out(many, collect):
    host, _ = many(1)
    page = collect(host, processes=False).page()
    assert values(page, "container_file_descriptors") == {}
    assert values(page, "container_processes") == {}
    assert len(values(page, "container_tasks_state")) == 5


def test_disk_usage_is_measured_when_asked_for(many, collect):
    host, (container,) = many(1)
    layer = host.roots.root / container.layer_folder.lstrip("/")
    (layer / "etc").mkdir(parents=True)
    (layer / "etc/passwd").write_bytes(b"x" * 10_000)
    assert b"container_fs_usage_bytes" not in collect(host).page()
    collector = collect(host, disk_usage=True)
    collector.page()
    collector._survey._measure(container.id, collector._folders(container))
    page = collector.page()
    assert list(values(page, "container_fs_inodes_total").values()) == [2]
    assert 10_000 < next(iter(values(page, "container_fs_usage_bytes").values())) < 40_000


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), tree=st.sampled_from(["v1", "podman"]))
def test_damaged_group_files_never_break_the_page(data, tree, open_tree, collect, monkeypatch):
    read = GroupFile.read
    monkeypatch.setattr(GroupFile, "read", lambda self: data.draw(damaged(read(self))))
    try:
        page = collect(open_tree(TREES / tree)).page()
    finally:
        monkeypatch.undo()
    for line in page.splitlines() if b"\r" not in page else page.split(b"\n"):
        assert not line or LINE.fullmatch(line), line
