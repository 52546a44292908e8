"""People see quiet lines in a pipe and one row for each program."""

import io

import pytest
from rich.console import Console

from vigie.stack import show, state

PROGRAM = state.ProgramState("consul", "http://127.0.0.1:8500", "running", 7, 1, 100.0, 0, None, "1.8.7", "PATH", "/l")


def test_in_a_pipe_each_download_is_one_line():
    output = io.StringIO()
    with show.show_downloads(Console(file=output)) as report:
        for percent in (0, 50, 100):
            report("consul", percent)
        report("prometheus", 0)
    assert output.getvalue() == "consul: downloading\nprometheus: downloading\n"


def test_a_terminal_shows_a_bar():
    output = io.StringIO()
    with show.show_downloads(Console(file=output, force_terminal=True, width=80)) as report:
        report("consul", 100)
    assert "consul" in output.getvalue()
    assert "100 %" in output.getvalue()


def test_the_table_has_what_url_and_state():
    output = io.StringIO()
    Console(file=output, width=100).print(show.build_table(state.StackState("up", 1, 1, (PROGRAM,)), 112))
    assert output.getvalue().splitlines()[1].split("  ") == [
        "consul 1.8.7",
        "http://127.0.0.1:8500",
        "running for 12 s",
    ]


@pytest.mark.parametrize(
    ("state_name", "restarts", "last_exit", "expected"),
    [
        ("running", 1, "signal KILL", "running for 12 s, restarted once (signal KILL)"),
        ("restarting", 2, "exit code 1", "restarting, restarted 2 times (exit code 1)"),
        ("restarting", 0, "exit code 1", "restarting (exit code 1)"),
        ("stopped", 0, None, "stopped"),
    ],
)
def test_restarts_are_seen(state_name, restarts, last_exit, expected):
    program = state.ProgramState("x", "", state_name, None, None, 100.0, restarts, last_exit, "", "", "")
    assert show.describe(program, 112) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, "0 s"), (59.9, "60 s"), (61, "1 min"), (7200, "2 h"), (9e5, "10 d")]
)
def test_durations_in_words(seconds, expected):
    assert show.format_duration(seconds) == expected
