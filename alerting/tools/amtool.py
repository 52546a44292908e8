"""Asks amtool what it thinks of a configuration, and where alerts would go by it."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import yaml

from vigie.core.errors import ProblemError, UsageProblemError

TIMEOUT_SECONDS = 60  # it reads one file; longer means that it hangs


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alert's labels, and the receivers that must hear of it, in order."""

    labels: dict[str, str]
    receivers: tuple[str, ...]


def read_cases(path: Path) -> tuple[Case, ...]:
    """Return the cases of a `routes.test.yml`; raises UsageProblemError that names it."""
    try:
        return msgspec.convert(yaml.safe_load(path.read_text()) or [], tuple[Case, ...])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise UsageProblemError(f"{path}: expected a list of labels and receivers: {error}") from error


def check_config(amtool: Path, file: Path) -> None:
    """Raise ProblemError with amtool's own words unless it accepts the configuration."""
    done = _run(amtool, ["check-config", str(file)])
    if done.returncode != 0:
        match = re.search(r"FAILED: (.*)", done.stdout, re.DOTALL)
        words = " ".join((match[1] if match else done.stdout + done.stderr).split())
        raise ProblemError(f"amtool refuses the configuration of Alertmanager: {words}")


def check_routes(amtool: Path, file: Path, cases: Sequence[Case]) -> None:
    """Raise ProblemError that names each case whose alert would reach others than it should."""
    wrong = []
    for case in cases:
        reached = receivers(amtool, file, case.labels)
        if reached != case.receivers:
            labels = ", ".join(f"{name}={value}" for name, value in case.labels.items())
            wrong.append(f"{labels} reaches {', '.join(reached)}: expected {', '.join(case.receivers)}")
    if wrong:
        raise ProblemError("routes.test.yml: " + "; ".join(wrong))


def receivers(amtool: Path, file: Path, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the receivers of an alert with these labels; raises ProblemError when amtool can't tell."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    done = _run(amtool, ["config", "routes", "test", f"--config.file={file}", *pairs])
    if done.returncode != 0:
        raise ProblemError(f"amtool can't test the routes: {done.stderr.strip()}")
    # Since 0.27 it warns on standard output of matchers in the form of before; the receivers are its last line.
    return tuple(done.stdout.strip().splitlines()[-1].split(","))


def _run(amtool: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [str(amtool), *arguments], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProblemError(f"amtool could not be run: {error}") from error
