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
            report.progress("consul", percent)
        report.progress("prometheus", 0)
    assert output.getvalue() == "consul: downloading\nprometheus: downloading\n"


def test_in_a_pipe_a_build_is_what_it_says_at_its_start_and_at_its_end():
    output = io.StringIO()
    with show.show_downloads(Console(file=output, width=160)) as report:
        report.say("consul: building")
        for count in range(100):
            report.progress("consul", count, f"compiling packages: {count} of 100")
        report.say("consul: built in 9 min")
    assert output.getvalue() == "consul: building\nconsul: built in 9 min\n"


def test_a_terminal_shows_a_bar_with_what_is_done_and_for_how_long():
    output = io.StringIO()
    with show.show_downloads(Console(file=output, force_terminal=True, width=120)) as report:
        report.progress("consul", 40)
        report.say("consul: building")
        report.progress("consul", 100, "compiling packages: 7 of 9")
    assert "consul: building" in output.getvalue()
    last = output.getvalue().splitlines()[-2]
    assert "100 %" in last
    assert "0:00:00" in last
    assert "compiling packages: 7 of 9" in last


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
