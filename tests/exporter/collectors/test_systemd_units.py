"""Units by their control groups: both versions, units that end or lack a controller, bounds, and what is garbled."""

import pytest

from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.systemd_units import SystemdUnits, SystemdUnitsOptions
from exporter.parsing import items

UNIFIED = "sys/fs/cgroup"
WHOLE = {
    "cpu.stat": "usage_usec 30\nuser_usec 10\nsystem_usec 20\n",
    "memory.current": "1000\n",
    "memory.stat": "anon 1\nfile 600\ninactive_file 400\n",
    "memory.events": "oom 1\noom_kill 1\n",
    "pids.current": "2\n",
}


def unit(folder, **changes):
    files = WHOLE | {name.replace("_", ".", 1): text for name, text in changes.items()}
    return {f"{UNIFIED}/{folder}/{name}": text for name, text in files.items() if text is not None}


def v2(*units):
    files = {f"{UNIFIED}/cgroup.controllers": "cpu memory pids\n"}
    for files_of_unit in units:
        files |= files_of_unit
    return files


def series(roots, **options):
    collector = Supplies(roots).make(SystemdUnits, SystemdUnitsOptions(**options))
    lines = collector.page().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def names(page):
    return {line.partition('name="')[2].partition('"')[0] for line in page} - {""}


def test_version_1_is_read_by_controller(tree):
    files = {
        "systemd/system.slice/a.service/cgroup.procs": "1\n",
        "systemd/system.slice/b.service/cgroup.procs": "2\n",
        "cpu,cpuacct/system.slice/a.service/cpuacct.stat": "user 150\nsystem 25\n",
        "memory/system.slice/a.service/memory.usage_in_bytes": "5000\n",
        "memory/system.slice/a.service/memory.stat": "cache 1\ntotal_cache 3000\ntotal_inactive_file 1000\n",
        "memory/system.slice/a.service/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
        "pids/system.slice/b.service/pids.current": "7\n",
    }
    page = series(tree({f"{UNIFIED}/{name}": text for name, text in files.items()}))
    assert page == {
        'systemd_unit_cpu_seconds_total{name="a.service",type="service",mode="system"}': "0.250000",
        'systemd_unit_cpu_seconds_total{name="a.service",type="service",mode="user"}': "1.500000",
        'systemd_unit_cached_bytes{name="a.service",type="service"}': "3000",
        'vigie_systemd_unit_memory_bytes{name="a.service",type="service"}': "4000",
        'vigie_systemd_unit_oom_kills_total{name="a.service",type="service"}': "4",
        'systemd_unit_tasks_current{name="b.service"}': "7",
        "vigie_systemd_units_omitted": "0",
    }


def test_units_below_slices_are_there_and_a_units_own_groups_are_not(tree):
    roots = tree(
        v2(
            unit("system.slice/a.service"),
            unit("a.slice/a-b.slice/deep.service"),
            unit("system.slice/a.service/inner.service"),
            unit("system.slice/run.scope/payload.service"),
        )
    )
    (roots.sys / "fs/cgroup/system.slice").mkdir(exist_ok=True)
    assert names(series(roots)) == {"a.service", "deep.service"}


def test_name_that_the_kernel_could_take_for_a_file_loses_its_escape_alone(tree):
    page = series(tree(v2(unit("system.slice/_memory.service"), unit("system.slice/__x.service"))))
    assert names(page) == {"memory.service", "_x.service"}


def test_slices_are_there_when_asked_for(tree):
    page = series(tree(v2(unit("system.slice"), unit("system.slice/a.service"))), unit_exclude=r".+\.service")
    assert names(page) == {"system.slice"}


def test_more_units_than_wanted_are_counted(tree):
    page = series(tree(v2(*(unit(f"system.slice/job@{n}.service") for n in range(9)))), max_units=4)
    assert names(page) == {f"job@{n}.service" for n in range(4)}
    assert page["vigie_systemd_units_omitted"] == "5"


@pytest.mark.parametrize(
    "changes",
    [
        {"cpu_stat": None},
        {"cpu_stat": "user_usec x\nsystem_usec -1\n"},
        {"memory_stat": "inactive_file 18446744073709551616\n"},
        {"memory_current": ""},
        {"memory_events": b"oom_kill \xff\n"},
        {"pids_current": "2 max\n"},
        {"pids_current": "+2\n"},
    ],
)
def test_what_is_wrong_with_a_file_costs_that_file_alone(tree, changes):
    skipped = items.begin()
    before = series(tree(v2(unit("system.slice/a.service"), unit("system.slice/b.service"))))
    assert skipped.count == 0
    roots = tree(v2(unit("system.slice/b.service")))
    for name, text in changes.items():
        path = roots.sys / "fs/cgroup/system.slice/a.service" / name.replace("_", ".", 1)
        path.unlink() if text is None else path.write_bytes(text if isinstance(text, bytes) else text.encode())
    page = series(roots)
    assert page.items() <= before.items()
    assert 0 < len(before) - len(page) <= 2
    assert {line for line in before if 'name="b' in line} <= page.keys()
    is_told = None not in changes.values() and "" not in changes.values()
    assert (skipped.count > 0) == is_told


def test_machine_without_systemd_is_not_applicable(tree):
    with pytest.raises(NotApplicableError, match=r"no system\.slice"):
        series(tree(v2({f"{UNIFIED}/docker/x/cpu.stat": ""})))


def test_machine_without_control_groups_is_not_applicable(tree):
    with pytest.raises(NotApplicableError):
        series(tree({}))
