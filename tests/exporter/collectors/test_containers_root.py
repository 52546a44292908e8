"""The host under `id="/"`, on request: the numbers that boards for cAdvisor read of the machine."""

import os
import re
import shutil
from pathlib import Path

import pytest

from exporter.container_families.rows import Rows
from exporter.containers.root_group import add_memory, add_processor
from tests.exporter.recorded_hosts import TREES

HOST = Path(__file__).parents[2] / "fixtures/host/proc"
TICKS = os.sysconf("SC_CLK_TCK")
KIB = 1024


@pytest.fixture
def host(open_tree, tmp_path):
    shutil.copytree(TREES / "podman", tmp_path / "tree", symlinks=True)
    for name in ("stat", "meminfo", "net/dev"):
        target = tmp_path / "tree/proc" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(HOST / name, target)
    return open_tree(tmp_path / "tree")


def of_root(page):
    """Return {family and further labels: value} of the series with `id="/"`."""
    return {
        f"{name}{further}": float(value)
        for name, further, value in re.findall(r'^(\w+)\{id="/"([^}]*)\} (\S+)$', page.decode(), re.MULTILINE)
    }


def test_the_host_is_told_on_request_with_what_its_own_files_say(host, collect):
    page = collect(host, cadvisor_compat=True).page()
    numbers = of_root(page)
    assert numbers.pop("container_last_seen") > 0
    network = {name: value for name, value in numbers.items() if "_network_" in name}
    assert network['container_network_receive_bytes_total,interface="eth0"'] == 68210035552
    assert network['container_network_transmit_packets_total,interface="eth0"'] == 43451486
    assert not [name for name in network if '"lo"' in name or '"veth' in name]
    assert numbers.items() - network.items() == {
        ('container_cpu_usage_seconds_total,cpu="total"', (301854 + 612 + 111922 + 2 + 3944 + 120) / TICKS),
        ("container_cpu_user_seconds_total", (301854 + 612) / TICKS),
        ("container_cpu_system_seconds_total", (111922 + 2 + 3944) / TICKS),
        ("container_memory_usage_bytes", (3831959 - 230472) * KIB),
        ("container_memory_working_set_bytes", (3831959 - 230472 - 64604) * KIB),
        ("container_memory_cache", 930432 * KIB),
        ("container_memory_rss", 2768780 * KIB),
        ("container_memory_swap", (4194300 - 3155248) * KIB),
    }
    assert b"\ncadvisor_version_info{" in page


def test_each_family_has_one_place_on_the_page(host, collect):
    families = re.findall(r"^# TYPE (\S+)", collect(host, cadvisor_compat=True).page().decode(), re.MULTILINE)
    assert len(families) == len(set(families))


def test_without_the_option_there_is_neither(host, collect):
    page = collect(host).page()
    assert of_root(page) == {}
    assert b"cadvisor_version_info" not in page


def test_a_file_that_can_not_be_read_costs_its_own_lines_alone(host, collect):
    (host.roots.proc / "meminfo").write_text("MemTotal: 4 kB\n")
    (host.roots.proc / "net/dev").unlink()
    names = {name.partition(",")[0] for name in of_root(collect(host, cadvisor_compat=True).page())}
    assert names == {
        "container_last_seen",
        "container_cpu_usage_seconds_total",
        "container_cpu_user_seconds_total",
        "container_cpu_system_seconds_total",
    }


@pytest.mark.parametrize(
    ("add", "text", "words"),
    [
        (add_processor, b"cpu0 1 2 3 4 5 6 7 8\n", "expected a line `cpu` with eight numbers"),
        (add_processor, b"cpu 1 2 3\n", "expected a line `cpu` with eight numbers"),
        (add_memory, b"MemTotal: 4 kB\n", "expected MemFree:, Inactive"),
    ],
)
def test_what_is_missing_is_named(add, text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        add(Rows(), text)
