"""What a person sees of the stack: progress of downloads, proven steps, and one table."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from vigie.stack import state
from vigie.stack.progress import DOWNLOADING, Report


@contextmanager
def show_downloads(console: Console) -> Iterator[Report]:
    """Give a report that shows bars on a terminal; in a pipe, one quiet line for each server and what is said."""
    if console.is_terminal:
        columns = (TextColumn("{task.description:<14}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
        activity = TextColumn("{task.fields[activity]}")
        with Progress(*columns, TimeElapsedColumn(), activity, console=console) as progress:
            yield _Bars(progress)
    else:
        yield _Lines(console)


class _Bars(Report):
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def progress(self, name: str, percent: float, activity: str = DOWNLOADING) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=100, activity=activity)
        self._progress.update(self._tasks[name], completed=percent, activity=activity)

    def say(self, sentence: str) -> None:
        self._progress.console.print(sentence, highlight=False, markup=False)


class _Lines(Report):
    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen: set[str] = set()

    def progress(self, name: str, percent: float, activity: str = DOWNLOADING) -> None:  # noqa: ARG002 - too much for a pipe
        if name not in self._seen and activity == DOWNLOADING:
            self._seen.add(name)
            self.say(f"{name}: {DOWNLOADING}")

    def say(self, sentence: str) -> None:
        self._console.print(sentence, highlight=False, markup=False)


def build_table(stack: state.StackState, now: float) -> Table:
    """Return the stack as a table: what, URL, state."""
    result = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("what", "URL", "state"):
        result.add_column(title, overflow="fold")
    for program in stack.programs:
        result.add_row(f"{program.name} {program.version}", program.url, describe(program, now))
    return result


def describe(program: state.ProgramState, now: float) -> str:
    """Return the state of `program` in words, such as `running for 3 min, restarted once (signal KILL)`."""
    text: str = program.state
    if program.state == "running":
        text += f" for {format_duration(now - program.since)}"
    if program.restarts:
        times = "once" if program.restarts == 1 else f"{program.restarts} times"
        return f"{text}, restarted {times} ({program.last_exit})"
    return f"{text} ({program.last_exit})" if program.last_exit else text


def format_duration(seconds: float) -> str:
    """Return `12 s`, `3 min`, `5 h` or `2 d` for `seconds`."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def print_stack(console: Console, stack: state.StackState) -> None:
    """Print the table."""
    console.print(build_table(stack, time.time()), highlight=False)


def open_console() -> Console:
    """Return where people read: as wide as their terminal, or wide enough for a line a row in a pipe."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=160)
