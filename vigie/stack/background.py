"""Starts the supervisor in the background and waits until its chain is proven."""

import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from vigie.core import running_stack
from vigie.core.errors import ProblemError
from vigie.stack import show, state
from vigie.stack.stack import OURS

TICK_SECONDS = 0.2


def start(folder: Path, console: Console) -> None:
    """Run this very command again without `--detach`, follow its state, and print the table once it is up.

    Raises ProblemError with the supervisor's own sentence when it fails.
    """
    if running_stack.is_held(folder):
        raise ProblemError(
            f"a stack already runs in {folder}: see `vigie status`, stop it with `vigie down`, "
            "or choose another folder with --dir"
        )
    log = folder / "logs" / "supervisor.log"
    arguments = [argument for argument in sys.argv[1:] if argument != "--detach"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*OURS, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    printed = 0
    try:
        while (stack := _read_state(folder, process.pid)) is None or stack.phase != "up":
            if process.poll() is not None:
                raise ProblemError(_read_last_sentence(log))
            printed = _print_steps(console, stack, printed)
            time.sleep(TICK_SECONDS)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    _print_steps(console, stack, printed)
    show.print_stack(console, stack)
    console.print("up: the chain is proven; stop it with `vigie down`", highlight=False)


def _read_state(folder: Path, pid: int) -> state.StackState | None:
    """Return the state that the supervisor `pid` wrote, None while it has not written any."""
    stack = state.read(folder)
    return stack if stack and stack.supervisor_pid == pid else None


def _print_steps(console: Console, stack: state.StackState | None, printed: int) -> int:
    """Print the proven steps after the first `printed`; return how many there are."""
    steps = stack.proof if stack else ()
    for sentence in steps[printed:]:
        console.print(f"proven: {sentence}", highlight=False, markup=False)
    return len(steps)


def _read_last_sentence(log: Path) -> str:
    """Return the sentence with which the supervisor ended."""
    lines = log.read_text(errors="replace").splitlines()
    sentences = [line.removeprefix("vigie: ") for line in lines if line.startswith("vigie: ")]
    return sentences[-1] if sentences else f"the supervisor ended without a message; see {log}"
