"""Starts the stack in order, proves it, keeps it running until told to stop, and stops it in the reverse order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import structlog

from vigie.core.errors import ProblemError
from vigie.stack import delivery, proof, stack, state
from vigie.stack.child import Child, Program
from vigie.stack.layout import Layout

log = structlog.get_logger()
TICK_SECONDS = 0.2
STEADY_TICK_SECONDS = 0.5
STARTS_BEFORE_GIVING_UP = 3  # a server that ends so often before the proof is not tried again

OnStep = Callable[[str], None]
OnUp = Callable[[state.StackState], None]


class StoppedError(Exception):
    """A signal asked the supervisor to stop."""


class Supervisor:
    """The stack of one folder; `run` is its whole life."""

    def __init__(self, layout: Layout, *, grafana: bool, on_step: OnStep, on_up: OnUp) -> None:
        """Take what runs, and whether a Grafana is provisioned.

        `on_step` is called with each proven step, `on_up` with the state once the whole chain is proven.
        """
        self._layout = layout
        self._grafana = grafana
        self._on_step = on_step
        self._on_up = on_up
        self._children: list[Child] = []
        self._phase: state.Phase = "starting"
        self._proven_steps: list[str] = []
        self._problem: str | None = None
        self._written: state.StackState | None = None
        self._stop_requested = False
        self._start_ticks = state.start_ticks(os.getpid())

    def run(self) -> None:
        """Run until a signal; raise ProblemError when the chain is not proven in time. Nothing is left running."""
        # They stay set: a second Ctrl-C must not interrupt the stopping.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request_stop)
        try:
            self._start_and_prove()
            self._phase = "up"
            self._tick()
            self._on_up(self._get_state())
            while True:
                self._tick()
                time.sleep(STEADY_TICK_SECONDS)
        except StoppedError:
            self._end("stopped")
        except BaseException as error:
            self._problem = str(error) or type(error).__name__
            self._end("failed")
            raise

    def _start_and_prove(self) -> None:
        started = time.time()
        deadline = time.monotonic() + self._layout.settings.ready_timeout
        programs = list(stack.list_programs(self._layout))
        consuls = len(self._layout.members("consul"))
        self._start(programs[:consuls])
        for step in proof.consul_steps(self._layout):  # the others would only log that they can't reach it
            self._await(step, deadline)
        self._start(programs[consuls:])
        for step in proof.readiness_steps(self._layout):
            self._await(step, deadline)
        for command in delivery.provision_commands(self._layout, grafana=self._grafana):
            self._provision(command, deadline)
        for step in proof.chain_steps(self._layout, started):
            self._await(step, deadline)

    def _start(self, programs: list[Program]) -> None:
        for program in programs:
            child = Child(program, self._layout.folder / "logs" / f"{program.name}.log", self._layout.settings)
            child.start()
            self._children.append(child)

    def _await(self, step: proof.Step, deadline: float) -> None:
        while not step.holds():
            self._tick()
            self._give_up_on_dying()
            if time.monotonic() > deadline:
                waited = f"{self._layout.settings.ready_timeout:g} s"
                raise ProblemError(
                    f"not proven within {waited}: {step.name}; see {self._logs(step.program)}{self._ended()}"
                )
            time.sleep(TICK_SECONDS)
        self._proven_steps.append(step.name)
        self._on_step(step.name)

    def _provision(self, command: tuple[str, ...], deadline: float) -> None:
        """Deliver the rules (and Grafana's objects), while the children go on being watched."""
        path = self._layout.folder / "logs" / "provision.log"
        environment = {**os.environ, **delivery.provision_environment(self._layout)}
        with (
            path.open("ab") as output,
            subprocess.Popen(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environment
            ) as process,
        ):
            try:
                while process.poll() is None:
                    self._tick()
                    self._give_up_on_dying()
                    if time.monotonic() > deadline:
                        raise ProblemError(f"delivering the rules takes too long; see {path}{self._ended()}")
                    time.sleep(TICK_SECONDS)
            finally:
                process.kill()
        if process.returncode:
            self._tick()  # a server that is away has perhaps ended since
            raise ProblemError(f"delivering the rules failed: {last_line_of(path)}; see {path}{self._ended()}")

    def _tick(self) -> None:
        """Handle signals, ended children, big logs and the state file once."""
        if self._stop_requested:
            raise StoppedError
        for child in self._children:
            sentence = child.watch()
            if sentence:
                log.warning(sentence, program=child.program.name, log=str(child.log))
            child.bound_log()
        self._write_state()

    def _give_up_on_dying(self) -> None:
        for child in self._children:
            if child.failures >= STARTS_BEFORE_GIVING_UP:
                line = last_line_of(child.log)
                raise ProblemError(f"{child.program.name} does not start ({child.last_exit}): {line}; see {child.log}")

    def _ended(self) -> str:
        """Return what is to be added to a failure: which servers ended, their last words, and their logs."""
        return "".join(
            f"; {child.program.name} ended with {child.last_exit}: {last_line_of(child.log)}; see {child.log}"
            for child in self._children
            if child.failures
        )

    def _end(self, phase: state.Phase) -> None:
        self._phase = "stopping"
        for child in reversed(self._children):
            self._write_state()
            child.stop()
        self._phase = phase
        self._write_state()

    def _get_state(self) -> state.StackState:
        stopping = self._phase in {"stopping", "stopped", "failed"}
        return state.StackState(
            phase=self._phase,
            supervisor_pid=os.getpid(),
            supervisor_start_ticks=self._start_ticks,
            programs=tuple(child.get_state(stopping=stopping) for child in self._children),
            proof=tuple(self._proven_steps),
            problem=self._problem,
        )

    def _write_state(self) -> None:
        current = self._get_state()
        if current == self._written:
            return
        self._written = current
        try:
            state.write(self._layout.folder, current)
        except OSError as error:  # a full disk must not keep anything from being watched or stopped
            log.warning("the state can't be written", folder=str(self._layout.folder), error=str(error))

    def _logs(self, programs: str) -> str:
        return " and ".join(str(self._layout.folder / "logs" / f"{name}.log") for name in programs.split(", "))

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested = True


def last_line_of(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it wrote nothing"
