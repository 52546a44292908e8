"""The collector on recorded trees of each version."""

import re
import shutil

import msgspec
import pytest

from tests.exporter.recorded_hosts import TREES, decode, let_be


def values(page, family):
    """Return {labels without those of the container: value} of a family."""
    by_labels = {}
    for labels, value in re.findall(rf"^{family}\{{([^}}]*)\}} (\S+)$", page.decode(), re.MULTILINE):
        own = [pair for pair in re.findall(r'\w+="[^"]*"', labels) if not re.match("(id|image|name|container_)", pair)]
        by_labels[",".join(own)] = float(value)
    return by_labels


@pytest.fixture
def v1(open_tree, tmp_path):
    shutil.copytree(TREES / "v1", tmp_path / "tree", symlinks=True)
    return open_tree(tmp_path / "tree")


def test_version_1_as_cadvisor_tells_it(v1, collect):
    page = collect(v1).page()
    assert b'id="/docker/daa7ab227130' in page
    folder = TREES / "v1/sys/fs/cgroup"
    spent = next(folder.glob("cpuacct/docker/*/cpuacct.usage_percpu")).read_text().split()
    assert values(page, "container_cpu_usage_seconds_total") == {
        f'cpu="cpu{number:02}"': pytest.approx(int(spent_by_cpu) / 1e9) for number, spent_by_cpu in enumerate(spent)
    }
    assert values(page, "container_cpu_cfs_throttled_seconds_total") == {"": 1.892421522}
    assert values(page, "container_spec_cpu_quota") == {"": 20000}
    assert values(page, "container_spec_memory_limit_bytes") == {"": 64 << 20}
    assert values(page, "container_spec_memory_reservation_limit_bytes") == {"": 32 << 20}
    assert values(page, "container_threads_max") == {"": 64}
    usage = int(next(folder.glob("memory/docker/*/memory.usage_in_bytes")).read_text())
    stat = dict(line.split() for line in next(folder.glob("memory/docker/*/memory.stat")).read_text().splitlines())
    assert values(page, "container_memory_usage_bytes") == {"": usage}
    assert values(page, "container_memory_working_set_bytes") == {"": usage - int(stat["total_inactive_file"])}
    assert values(page, "container_memory_cache") == {"": int(stat["total_cache"])}
    assert values(page, "container_memory_rss") == {"": int(stat["total_rss"])}
    assert len(values(page, "container_memory_failures_total")) == 4
    assert values(page, "container_network_receive_bytes_total").keys() == {'interface="eth0"'}
    assert values(page, "container_last_seen") == {"": 1795500000}
    assert values(page, "container_start_time_seconds") == {"": int(decode(TREES / "v1").started_at)}


def test_version_1_counts_the_io_of_the_throttling_layer(v1, collect):
    page = collect(v1).page()
    assert values(page, "container_fs_writes_bytes_total") == {'device="/dev/vda"': 54706176}
    assert values(page, "container_fs_writes_total") == {'device="/dev/vda"': 97}
    assert len(values(page, "container_blkio_device_usage_total")) == 6
    assert b"vigie_container_io_" not in page


def test_version_1_without_counted_io_sums_that_of_the_processes(v1, collect):
    for file in (v1.roots.sys / "fs/cgroup/blkio").rglob("blkio.throttle.*"):
        file.write_text("Total 0\n")
    page = collect(v1).page()
    assert values(page, "container_fs_writes_total") == {'device="/dev/vda"': 0}
    assert values(page, "container_fs_writes_bytes_total") == {}
    written = int(re.search(r"^write_bytes: (\d+)", next(v1.roots.proc.glob("*/io")).read_text(), re.MULTILINE)[1])
    assert values(page, "vigie_container_io_written_bytes_total") == {"": written}


def test_a_hybrid_machine_tells_the_pressure_beside_version_1(v1, collect):
    page = collect(v1).page()
    assert values(page, "container_pressure_cpu_waiting_seconds_total") == {"": 1.198331}
    assert values(page, "container_pressure_io_stalled_seconds_total") == {"": 0.024398}


def test_cpus_can_be_summed(v1, collect):
    page = collect(v1, percpu=False).page()
    spent = next((TREES / "v1/sys/fs/cgroup").glob("cpuacct/docker/*/cpuacct.usage")).read_text()
    assert values(page, "container_cpu_usage_seconds_total") == {'cpu="total"': int(spent) / 1e9}


def test_a_controller_that_is_not_mounted_costs_only_its_families(v1, collect):
    shutil.rmtree(v1.roots.sys / "fs/cgroup/blkio")
    shutil.rmtree(v1.roots.sys / "fs/cgroup/pids")
    page = collect(v1).page()
    assert values(page, "container_threads") == {}
    assert values(page, "container_memory_rss") != {}


def test_the_systemd_driver_and_joined_controllers(v1, collect):
    folder, container = v1.roots.sys / "fs/cgroup", decode(TREES / "v1")
    for tree in [path for path in folder.iterdir() if path.is_dir()]:
        (tree / "system.slice").mkdir()
        (tree / "docker" / container.id).rename(tree / "system.slice" / f"docker-{container.id}.scope")
    shutil.move(folder / "cpu", folder / "cpu,cpuacct")
    for file in (folder / "cpuacct/system.slice" / f"docker-{container.id}.scope").iterdir():
        file.rename(folder / "cpu,cpuacct/system.slice" / f"docker-{container.id}.scope" / file.name)
    shutil.rmtree(folder / "cpuacct")
    groups = v1.roots.proc / str(container.pid) / "cgroup"
    groups.write_text(
        groups.read_text().replace(f"/docker/{container.id}", f"/system.slice/docker-{container.id}.scope")
    )
    page = collect(v1).page()
    assert f'id="/system.slice/docker-{container.id}.scope"'.encode() in page
    assert values(page, "container_cpu_cfs_periods_total") == {"": 82}
    assert len(values(page, "container_cpu_usage_seconds_total")) == 2


def test_podman_on_version_2(open_tree, collect):
    page = collect(open_tree(TREES / "podman")).page()
    container = decode(TREES / "podman")
    # The group is the container's own, not that of the process in it.
    assert (
        f'id="/machine.slice/libpod-{container.id}.scope",image="docker.io/library/nginx:1",name="pod-web"}}'.encode()
        in page
    )
    assert values(page, "container_cpu_usage_seconds_total") == {'cpu="total"': 48.123456}
    assert values(page, "container_memory_total_inactive_file_bytes") == {"": 20971520}
    assert values(page, "container_memory_failcnt") == {"": 34}
    assert values(page, "container_oom_events_total") == {"": 1}
    assert values(page, "container_spec_memory_limit_bytes") == {"": 0}
    for absent in ("container_spec_cpu_quota", "container_cpu_cfs_periods_total", "container_memory_max_usage_bytes",
                   "container_memory_kernel_usage", "container_pressure_cpu_waiting_seconds_total"):  # fmt: skip
        assert values(page, absent) == {}, absent
    assert values(page, "vigie_container_io_read_bytes_total") == {"": 40960}
    assert values(page, "vigie_container_health") == {'health="starting"': 1}


def test_in_a_group_namespace_of_our_own_the_usual_places_are_tried(open_tree, collect, tmp_path):
    shutil.copytree(TREES / "podman", tmp_path / "tree", symlinks=True)
    host = open_tree(tmp_path / "tree")
    (host.roots.proc / "901" / "cgroup").write_text("0::/../../libpod.scope/container\n")
    assert b'id="/machine.slice/libpod-9c1de8f4' in collect(host).page()


def test_the_group_of_a_container_that_we_never_saw_running_is_guessed_from_the_others(v1, collect):
    container = decode(TREES / "v1")
    stopped = msgspec.structs.replace(
        container, id="f" * 64, name="old", pid=0, state="exited", exit_code=3, finished_at=9.0
    )
    let_be(v1, container, stopped)
    page = collect(v1).page()
    assert f'vigie_container_exit_code{{id="/docker/{"f" * 64}"'.encode() in page
    assert b'container_last_seen{id="/docker/fff' not in page


@pytest.mark.parametrize("tree", ["v1", "podman"])
def test_no_series_comes_twice_and_no_label_is_empty(open_tree, collect, tree):
    page = collect(open_tree(TREES / tree)).page().decode()
    series = [line.rpartition(" ")[0] for line in page.splitlines() if not line.startswith("#")]
    assert len(series) == len(set(series))
    families = re.findall(r"^# TYPE (\w+) ", page, re.MULTILINE)
    assert len(families) == len(set(families))
    assert '=""' not in page
