"""One program of the stack: started in a session of its own, watched, restarted with backoff, stopped for good."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from vigie.stack import die_with_parent, state
from vigie.stack.settings import Settings


class Program(NamedTuple):
    """What to run: arguments, where it answers, and (`version`, `origin`) what it is."""

    name: str
    command: tuple[str, ...]
    url: str
    ready_path: str
    version: str
    origin: str
    working_folder: Path
    environment: Mapping[str, str]


def compute_backoff_seconds(failures: int, first: float, maximum: float) -> float:
    """Return the pause before the next start after `failures` ends in a row: doubled each time, up to `maximum`."""
    return min(first * 2.0 ** min(failures - 1, 20), maximum)


def describe_exit(code: int) -> str:
    """Return `exit code 2` or `signal KILL` for what subprocess calls 2 or -9."""
    return f"signal {signal.Signals(-code).name.removeprefix('SIG')}" if code < 0 else f"exit code {code}"


class Child:
    """A program with its process; the methods are called from one thread."""

    def __init__(self, program: Program, log: Path, settings: Settings) -> None:
        self.program = program
        self.log = log
        self.restarts = 0
        self.failures = 0
        self.last_exit: str | None = None
        self.since = time.time()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._start_ticks: int | None = None
        self._next_start = 0.0

    def start(self) -> None:
        """Start the program; its output is added to the log."""
        command = [sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), *self.program.command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.program.working_folder,
                env={**os.environ, **self.program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the supervisor, which then stops everything in order
            )
        self._start_ticks = state.start_ticks(self._process.pid)
        self.since = time.time()

    def watch(self) -> str | None:
        """Return the sentence about its end when it ended since the last call; restart it when its pause is over."""
        if self._process is None:
            if time.monotonic() >= self._next_start:
                self.restarts += 1
                self.start()
            return None
        code = self._process.poll()
        if code is None:
            if time.time() - self.since > self._settings.restart_window:
                self.failures = 0
            return None
        self._sweep_group()
        self._process, self._start_ticks = None, None
        self.failures += 1
        self.since = time.time()
        self.last_exit = describe_exit(code)
        pause = compute_backoff_seconds(
            self.failures, self._settings.restart_backoff, self._settings.restart_backoff_max
        )
        self._next_start = time.monotonic() + pause
        return f"ended with {self.last_exit}, starts again in {pause:g} s"

    def stop(self) -> None:
        """End it: TERM, and KILL when it takes longer than the settings allow."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self._settings.stop_timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._sweep_group()
        self._process, self._start_ticks = None, None
        self.since = time.time()

    def _sweep_group(self) -> None:
        """End what the program itself started and left behind in its session."""
        assert self._process is not None
        with suppress(ProcessLookupError):  # the usual case: nothing is left
            os.killpg(self._process.pid, signal.SIGKILL)

    def bound_log(self) -> None:
        """Set a log aside once it is too big; the program goes on writing to the end of the same, emptied file."""
        if self.log.stat().st_size > self._settings.log_max_bytes:
            with suppress(OSError):  # on a full disk the old lines are what can be missed
                shutil.copyfile(self.log, self.log.with_name(self.log.name + ".1"))
            os.truncate(self.log, 0)

    def get_state(self, *, stopping: bool) -> state.ProgramState:
        """Return the state of the program as it is now."""
        running = self._process is not None
        return state.ProgramState(
            name=self.program.name,
            url=self.program.url,
            state="running" if running else "stopped" if stopping else "restarting",
            pid=self._process.pid if self._process else None,
            start_ticks=self._start_ticks,
            since=self.since,
            restarts=self.restarts,
            last_exit=self.last_exit,
            version=self.program.version,
            origin=self.program.origin,
            log=str(self.log),
        )
