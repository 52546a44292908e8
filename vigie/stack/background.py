"""Starts the supervisor in the background and waits until its chain is proven."""

import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from vigie.core.errors import ProblemError
from vigie.stack import show, state
from vigie.stack.stack import OURS

TICK_SECONDS = 0.2


def start(folder: Path, console: Console) -> None:
    """Run this very command again without `--detach`, follow its state, and print the table once it is up.

    Raises ProblemError with the supervisor's own sentence when it fails.
    """
    if state.is_held(folder):
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
    told = 0
    try:
        while (seen := _seen(folder, process.pid)) is None or seen.phase != "up":
            if process.poll() is not None:
                raise ProblemError(_last_words(log))
            told = _tell(console, seen, told)
            time.sleep(TICK_SECONDS)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    _tell(console, seen, told)
    show.print_stack(console, seen)
    console.print("up: the chain is proven; stop it with `vigie down`", highlight=False)


def _seen(folder: Path, pid: int) -> state.Stack | None:
    seen = state.read(folder)
    return seen if seen and seen.supervisor_pid == pid else None


def _tell(console: Console, seen: state.Stack | None, told: int) -> int:
    proven = seen.proof if seen else ()
    for sentence in proven[told:]:
        console.print(f"proven: {sentence}", highlight=False, markup=False)
    return len(proven)


def _last_words(log: Path) -> str:
    """Return the sentence with which the supervisor ended."""
    lines = log.read_text(errors="replace").splitlines()
    sentences = [line.removeprefix("vigie: ") for line in lines if line.startswith("vigie: ")]
    return sentences[-1] if sentences else f"the supervisor ended without a word; see {log}"
