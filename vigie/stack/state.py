"""The state of a stack as others see it: a lock that its supervisor holds, and a file that it keeps up to date."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from vigie.core import running_stack
from vigie.core.errors import ProblemError

Phase = Literal["starting", "up", "stopping", "failed", "stopped"]


class ProgramState(msgspec.Struct, frozen=True):
    """One program of the stack as it is now."""

    name: str
    url: str
    state: Literal["running", "restarting", "stopped"]
    pid: int | None
    start_ticks: int | None
    since: float
    restarts: int
    last_exit: str | None
    version: str
    origin: str
    log: str


class StackState(msgspec.Struct, frozen=True):
    """The whole stack; `problem` is the sentence with which it failed, ticks are clock ticks after boot."""

    phase: Phase
    supervisor_pid: int
    supervisor_start_ticks: int | None
    programs: tuple[ProgramState, ...] = ()
    proof: tuple[str, ...] = ()
    problem: str | None = None


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the stack of `folder` for this process; raise ProblemError when another supervisor does.

    The kernel drops the lock when its holder dies, however it dies, so that an old state is never taken for a stack.
    """
    with (folder / running_stack.LOCK).open("w") as file:
        for attempt in range(10):  # somebody's `vigie status` may hold it for an instant
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == 9:
                    raise ProblemError(
                        f"a stack already runs in {folder}: see `vigie status`, stop it with `vigie down`, "
                        "or choose another folder with --dir"
                    ) from None
                time.sleep(0.1)
        yield


def write(folder: Path, stack: StackState) -> None:
    """Replace the state of `folder` in one step."""
    temporary = folder / "state.json.tmp"
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(stack)))
    temporary.rename(folder / "state.json")


def read(folder: Path) -> StackState | None:
    """Return the last state written for `folder`, None when there is none that can be understood."""
    try:
        return msgspec.json.decode((folder / "state.json").read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def start_ticks(pid: int) -> int | None:
    """Return when process `pid` started, in clock ticks after boot; None when there is no such process.

    With the pid it names a process for good: pids are used again, pairs of both are not.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return parse_start_ticks(text)


def parse_start_ticks(stat: str) -> int:
    """Return field 22 of /proc/PID/stat; the name in field 2 may hold blanks and parentheses."""
    return int(stat.rpartition(")")[2].split()[19])


def has_ended(pid: int, ticks: int | None) -> bool:
    """Return whether the process that `pid` and `ticks` name runs no more; a zombie only waits for its parent."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return parse_start_ticks(text) != ticks or text.rpartition(")")[2].split()[0] == "Z"


def send_signal(pid: int, ticks: int | None, number: int) -> bool:
    """Send a signal to the process that `pid` and `ticks` name; return whether it was there."""
    if start_ticks(pid) != ticks or ticks is None:
        return False
    os.kill(pid, number)
    return True
