"""Builds Consul from its Go module, for machines with a Go toolchain where Debian's package can't be had."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from vigie.core.errors import ProblemError
from vigie.stack import disk

MODULE = "github.com/hashicorp/consul"
VERSION = "v1.22.0"
BUILD_TIMEOUT_SECONDS = 1800
NEEDED_BYTES = 2_000_000_000


def toolchain() -> str | None:
    """Return the path of `go`, None when there is none."""
    return shutil.which("go")


def built(folder: Path) -> Path:
    """Return where the built program is, or would be, under the cache `folder`."""
    return folder / f"consul@{VERSION}" / "consul"


def build(folder: Path) -> Path:
    """Return the path of Consul built into the cache `folder`; takes minutes. Raises ProblemError with Go's words.

    Consul's module has `replace` lines, which `go install` refuses; as a dependency of an empty module it builds.
    """
    target = built(folder)
    disk.require(folder, NEEDED_BYTES, "--cache (or VIGIE_UP_CACHE)")
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder) as name:
        for arguments in (
            ["mod", "init", "vigie.invalid/consul"],
            ["get", f"{MODULE}@{VERSION}"],
            ["build", "-trimpath", "-o", "consul", MODULE],
        ):
            _go(arguments, Path(name))
        target.parent.mkdir(exist_ok=True)
        (Path(name) / "consul").rename(target)
    return target


def _go(arguments: list[str], folder: Path) -> None:
    try:
        command = ["go", *arguments]
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=BUILD_TIMEOUT_SECONDS)
    except subprocess.CalledProcessError as error:
        raise ProblemError(f"Consul can't be built from its Go module: {reason(error.stderr)}") from error
    except subprocess.TimeoutExpired as error:
        raise ProblemError(f"Consul can't be built from its Go module: go {arguments[0]} took too long") from error


def reason(output: str) -> str:
    """Return the last line of Go's `output` that is neither a warning nor advice."""
    advice = ("go: warning", "go: to ", "\tgo ", "\t\tgo ")
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith(advice)]
    return lines[-1] if lines else "go gave no reason"
