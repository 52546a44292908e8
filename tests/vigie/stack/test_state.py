"""The state of a stack can't be taken for one that runs when it does not."""

import os
import signal
import subprocess

import pytest

from vigie.core import running_stack
from vigie.core.errors import ProblemError
from vigie.stack import state

STACK = state.StackState(phase="up", supervisor_pid=1, supervisor_start_ticks=2, proof=("Consul has a leader",))


def test_what_is_written_is_read(tmp_path):
    state.write(tmp_path, STACK)
    assert state.read(tmp_path) == STACK
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"phase": "flying"}'])
def test_a_state_that_makes_no_sense_is_none(tmp_path, content):
    assert state.read(tmp_path) is None
    (tmp_path / "state.json").write_bytes(content)
    assert state.read(tmp_path) is None


def test_only_one_supervisor_holds_a_folder(tmp_path):
    assert not running_stack.is_held(tmp_path)
    with state.lock(tmp_path):
        assert running_stack.is_held(tmp_path)
        with pytest.raises(ProblemError, match=r"already runs.*vigie down"), state.lock(tmp_path):
            pass
    assert not running_stack.is_held(tmp_path)


def test_the_start_of_a_process_whose_name_is_hostile():
    stat = "42 (a) R (b) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 10 20 30"
    assert state.parse_start_ticks(stat) == 987654


def test_a_reused_pid_is_not_signalled():
    with subprocess.Popen(["sleep", "60"]) as process:
        ticks = state.start_ticks(process.pid)
        assert ticks is not None
        assert not state.send_signal(process.pid, ticks - 1, signal.SIGKILL)
        assert not state.send_signal(process.pid, None, signal.SIGKILL)
        assert process.poll() is None
        assert state.send_signal(process.pid, ticks, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def test_a_process_that_is_not_there_has_no_start():
    assert state.start_ticks(2**22 + 1) is None
    assert state.start_ticks(os.getpid()) is not None


def test_a_process_has_ended_before_its_parent_asks(wait_until):
    with subprocess.Popen(["sleep", "60"]) as process:
        ticks = state.start_ticks(process.pid)
        assert ticks is not None
        assert not state.has_ended(process.pid, ticks)
        assert state.has_ended(process.pid, ticks + 1)
        process.kill()
        wait_until(lambda: state.has_ended(process.pid, ticks), what="the end of a process that is a zombie now")
        assert state.start_ticks(process.pid) == ticks
    assert state.has_ended(process.pid, ticks)
