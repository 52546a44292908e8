"""A program is restarted with backoff, leaves nothing behind, and does not outlive its supervisor."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from vigie.stack import state
from vigie.stack.child import Child, Program, compute_backoff_seconds, describe_exit
from vigie.stack.settings import Settings


def program(tmp_path, script):
    command = ("/bin/sh", "-c", script)
    return Program("thing", command, "http://x", "/", "1", "test", tmp_path, {"WORD": "from the environment"})


@pytest.fixture
def start_child(tmp_path):
    children = []

    def start_child(script, **settings):
        child = Child(program(tmp_path, script), tmp_path / "thing.log", Settings(**settings))
        children.append(child)
        child.start()
        return child

    yield start_child
    for child in children:
        child.stop()


@pytest.mark.parametrize(("failures", "expected"), [(1, 1), (2, 2), (3, 4), (6, 30), (5000, 30)])
def test_backoff_doubles_up_to_its_maximum(failures, expected):
    assert compute_backoff_seconds(failures, 1, 30) == expected


def test_exits_in_words():
    assert (describe_exit(2), describe_exit(-9), describe_exit(0)) == ("exit code 2", "signal KILL", "exit code 0")


def test_a_program_that_ends_is_started_again(start_child, wait_until):
    child = start_child("echo $WORD; exit 3", restart_backoff=0.05)
    sentence = wait_until(child.watch)
    assert sentence == "ended with exit code 3, starts again in 0.05 s"
    assert (child.get_state(stopping=False).state, child.get_state(stopping=False).pid) == ("restarting", None)
    sentence = wait_until(child.watch)
    assert sentence == "ended with exit code 3, starts again in 0.1 s"
    assert (child.restarts, child.last_exit) == (1, "exit code 3")
    assert child.log.read_text() == "from the environment\nfrom the environment\n"


def test_a_program_that_ignores_term_is_killed_with_what_it_started(start_child, wait_until):
    child = start_child("trap '' TERM; sleep 600 & echo $!; while :; do sleep 1; done", stop_timeout=0.3)
    grandchild = int(wait_until(child.log.read_text))
    pid = child.get_state(stopping=False).pid
    child.stop()
    assert state.start_ticks(pid) is None
    wait_until(lambda: is_gone(grandchild))
    assert child.get_state(stopping=True).state == "stopped"


def test_a_big_log_is_set_aside_and_written_on(start_child, wait_until):
    child = start_child("while :; do echo 0123456789; sleep 0.01; done", log_max_bytes=10_000)
    child.log.write_bytes(b"old line\n" * 2000)
    child.bound_log()
    assert child.log.with_name("thing.log.1").read_bytes().startswith(b"old line\n")
    assert child.log.stat().st_size < 10_000
    text = wait_until(child.log.read_text)
    assert set(text.split()) == {"0123456789"}


def test_a_killed_supervisor_takes_its_programs_with_it(tmp_path, wait_until):
    script = f"""
        import sys, time
        from pathlib import Path
        from vigie.stack.child import Child, Program
        from vigie.stack.settings import Settings
        folder = Path({str(tmp_path)!r})
        child = Child(Program("x", ("/bin/sleep", "600"), "", "/", "", "", folder, {{}}), folder / "log", Settings())
        child.start()
        print(child.get_state(stopping=False).pid, flush=True)
        time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        pid = int(supervisor.stdout.readline())
        wait_until(lambda: b"sleep" in command_line(pid), what="the program")
        os.kill(supervisor.pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), what="the end of the program")


def command_line(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123 - one line is enough here
        return file.read().split(b"\0")[0]


def is_gone(pid):
    """A zombie whose new parent does not reap it (as in a container without an init) has ended too."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
