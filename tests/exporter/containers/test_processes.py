import os

import pytest

from exporter.container_families import families as f
from exporter.container_families.rows import Rows
from exporter.containers.processes import Processes, parse_state


@pytest.fixture
def proc(tmp_path):
    """Return `proc(pid, …)`, which writes a process, and the folder."""

    def write(pid, *, state="S", read=0, written=0, links=()):
        folder = tmp_path / str(pid)
        (folder / "fd").mkdir(parents=True, exist_ok=True)
        for number, target in enumerate(links):
            (folder / "fd" / str(number)).symlink_to(target)
        (folder / "stat").write_text(f"{pid} (a) b) {state} 1 2")
        (folder / "io").write_text(f"read_bytes: {read}\nwrite_bytes: {written}\n")
        (folder / "limits").write_text(
            "Max open files            1024                 524288               files     \n"
        )

    write.folder = tmp_path
    return write


def read(processes, pids, *, counts_io=True):
    rows = Rows()
    processes.read(rows, pids, counts_io=counts_io)
    return {(family.name, extra): value for (family, extra), value in zip(rows.keys, rows.values, strict=True)}


def test_what_the_processes_hold(proc):
    proc(7, state="R", links=("socket:[1]", "/dev/null"))
    proc(8, state="D", links=("socket:[2]",))
    series = read(Processes(proc.folder, 7), [7, 8], counts_io=False)
    assert series["container_processes", ""] == 2
    assert series["container_file_descriptors", ""] == 3
    assert series["container_sockets", ""] == 2
    assert series["container_tasks_state", ',state="running"'] == 1
    assert series["container_tasks_state", ',state="uninterruptible"'] == 1
    assert series["container_ulimits_soft", ',ulimit="max_open_files"'] == 1024
    assert (f.IO_READ.name, "") not in series


def test_io_never_falls_when_a_process_ends_or_its_pid_is_used_again(proc):
    processes = Processes(proc.folder, 7)
    proc(7, read=100, written=10)
    proc(8, read=1000, written=5)
    assert read(processes, [7, 8])[f.IO_READ.name, ""] == 1100
    proc(7, read=150, written=10)
    assert read(processes, [7])[f.IO_READ.name, ""] == 1150
    proc(7, read=30, written=20)  # another process
    series = read(processes, [7])
    assert series[f.IO_READ.name, ""] == 1180
    assert series[f.IO_WRITTEN.name, ""] == 35


def test_what_is_refused_is_left_out(proc):
    proc(7, state="S")
    (proc.folder / "7/io").unlink()
    (proc.folder / "7/fd").rmdir()
    series = read(Processes(proc.folder, 7), [7])
    assert series["container_tasks_state", ',state="sleeping"'] == 1
    assert not {"container_file_descriptors", "container_sockets", f.IO_READ.name} & {name for name, _ in series}


def test_a_process_that_ended_meanwhile_still_counts(proc):
    proc(7)
    series = read(Processes(proc.folder, 7), [7, 99])
    assert series["container_processes", ""] == 2
    assert sum(value for (name, _), value in series.items() if name == "container_tasks_state") == 1


def test_our_own_descriptors_as_the_kernel_shows_them():
    rows = Rows()
    Processes("/proc", os.getpid()).read(rows, [os.getpid()], counts_io=False)
    assert dict(zip((family for family, _ in rows.keys), rows.values, strict=True))[f.FILE_DESCRIPTORS] > 3


def test_states():
    assert parse_state(b"1 (x) R) Z 1") is None
    assert parse_state(b"1 (x) t 1") == 2
    with pytest.raises(ValueError, match="expected"):
        parse_state(b"1 (x)")
