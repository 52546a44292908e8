"""Asks promtool what it thinks of rule files."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from vigie.core.errors import ProblemError

TIMEOUT_SECONDS = 60  # it reads a few files; longer means that it hangs


def check_rules(promtool: Path, files: Sequence[Path]) -> None:
    """Raise ProblemError with promtool's own words unless it accepts all `files`."""
    command = [str(promtool), "check", "rules", *(str(path) for path in files)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProblemError(f"promtool could not check the rules: {error}") from error
    if done.returncode != 0:
        raise ProblemError(f"promtool refuses the rules: {_words(done.stdout, done.stderr)}")


def _words(*outputs: str) -> str:
    """Return the output without the lines that name the file being checked, or only say that it failed."""
    lines = [line.strip() for text in outputs for line in text.splitlines()]
    return "; ".join(
        line for line in lines if line not in {"", "FAILED:"} and not line.startswith(("Checking ", "SUCCESS"))
    )
