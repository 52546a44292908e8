import pytest

from exporter.base.shared import ProcessList
from exporter.collectors.processes import Processes

STAT = "{} (x) {} 0 1 1 0 -1 4194560 0 0 0 0 3 4 0 0 20 0 {} 0 31 1 1 1 1\n"
LIMITS = {"proc/sys/kernel/threads-max": "100\n", "proc/sys/kernel/pid_max": "32768\n"}


def make(roots):
    return Processes(roots, ProcessList(roots.proc))


def test_threads_are_counted_in_their_own_states(tree):
    files = {
        "proc/7/stat": STAT.format(7, "S", 3),
        "proc/7/task/7/stat": STAT.format(7, "Z", 3),
        "proc/7/task/8/stat": STAT.format(8, "R", 3),
        "proc/7/task/9/stat": STAT.format(9, "D", 3),
        "proc/12/stat": STAT.format(12, "S", 1),
    }
    page = make(tree(LIMITS | files)).page().decode()
    assert 'node_processes_state{state="S"} 2\n' in page
    assert 'node_processes_threads_state{thread_state="S"} 2\n' in page
    assert 'node_processes_threads_state{thread_state="R"} 1\n' in page
    assert 'node_processes_threads_state{thread_state="D"} 1\n' in page
    assert "node_processes_threads 4\n" in page
    assert "node_processes_pids 2\n" in page


def test_a_process_that_ends_before_its_threads_are_seen_costs_nothing_else(tree):
    page = make(tree(LIMITS | {"proc/7/stat": STAT.format(7, "S", 3)})).page()
    assert b'node_processes_state{state="S"} 1\n' in page
    assert b"thread_state=" not in page


def test_a_malformed_process_fails_the_collector(tree):
    with pytest.raises(ValueError, match="expected a line"):
        make(tree(LIMITS | {"proc/7/stat": "7 (x"})).page()
