"""Builds Consul from its Go module, for machines where Debian's package can't be had."""

import shutil
import subprocess
import time
from pathlib import Path

from vigie.core.errors import ProblemError
from vigie.stack import disk, gotool
from vigie.stack.progress import Report

MODULE = "github.com/hashicorp/consul"
VERSION = "v1.14.11"  # under the Mozilla Public License 2.0; from 1.16.4 on it is the Business Source License 1.1
NEEDED_BYTES = 5_000_000_000  # 231 modules as archives and as files, the compiler, what it writes
OPTION = "--cache (or VIGIE_UP_CACHE)"
MODULES = 231  # that this version fetches, for the bar only
FETCHED_PERCENT = 30  # how much of the time fetching takes
OFFLINE = ("no such host", "connection refused", "unreachable", "i/o timeout", "handshake timeout", "misbehaving")
BEGIN = "consul is not on PATH, Debian's package can't be had, and it can't be built from its Go module: "
INSTEAD = "put consul 1.8 or newer on PATH"
ADVICE = ("go: warning", "go: to ", "go: downloading", "\tgo ", "\t\tgo ")


def built_path(folder: Path) -> Path:
    """Return where the built program is, or would be, under the cache `folder`."""
    return folder / f"consul@{VERSION}" / "consul"


def build(folder: Path, report: Report) -> Path:
    """Return the path of Consul built into the cache `folder`; takes some ten minutes, and reports that to `report`.

    What was fetched and compiled stays until it is complete, so that the next run goes on where this one was
    interrupted. Raises ProblemError with one sentence that says what to do.
    """
    begin = time.monotonic()
    work = folder / f"build-consul-{VERSION}"
    if not work.exists():
        disk.require(folder, NEEDED_BYTES, OPTION)
    shutil.rmtree(work / "module", ignore_errors=True)
    (work / "module").mkdir(parents=True)
    report.say(
        f"consul: building {VERSION} from its Go module, which takes about ten minutes and {NEEDED_BYTES // 10**9} GB "
        "of disk while it lasts"
    )
    try:
        go = gotool.find(work, lambda activity: report.progress("consul", 0, activity))
        program = _compile(go, work, report)
    except gotool.GoError as error:
        raise _explained(str(error), folder) from error
    except gotool.ToolchainError as error:
        raise ProblemError(f"{BEGIN}{error}, or {INSTEAD}") from error
    _require_version(program)
    target = built_path(folder)
    target.parent.mkdir(exist_ok=True)
    program.replace(target)
    shutil.rmtree(work)
    report.say(f"consul: built in {(time.monotonic() - begin) / 60:.0f} min")
    return target


def _compile(go: Path, work: Path, report: Report) -> Path:
    """Return the program in `work`; Consul's `replace` lines need an empty module around it, `go install` refuses."""
    gotool.run(go, ["mod", "init", "vigie.invalid/consul"], work, lambda _line: None)
    fetching = _Counter(report, "fetching modules", MODULES, "go: downloading", 0, FETCHED_PERCENT)
    gotool.run(go, ["get", f"{MODULE}@{VERSION}"], work, fetching)
    packages = gotool.run(go, ["list", "-deps", MODULE], work, lambda _line: None).split()
    compiling = _Counter(report, "compiling packages", len(packages), "", FETCHED_PERCENT, 99)
    gotool.run(go, ["build", "-v", "-trimpath", "-o", "consul", MODULE], work, compiling)
    report.progress("consul", 100, "compiled")
    return work / "module" / "consul"


class _Counter:
    """Tells `report` how many of `total` lines that begin with `mark` it has heard, from `start` to `end` percent."""

    def __init__(self, report: Report, activity: str, total: int, mark: str, start: float, end: float) -> None:
        self._report, self._activity, self._total, self._mark = report, activity, total, mark
        self._start, self._share = start, end - start
        self._count = 0
        self._tell()

    def __call__(self, line: str) -> None:
        if line.startswith(self._mark):
            self._count = min(self._count + 1, self._total)
            self._tell()

    def _tell(self) -> None:
        percent = self._start + self._share * self._count / self._total
        self._report.progress("consul", percent, f"{self._activity}: {self._count} of {self._total}")


def _require_version(program: Path) -> None:
    try:
        result = subprocess.run([program, "version"], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProblemError(f"the Consul that was built does not run: {error}; {INSTEAD}") from error
    first = (result.stdout.splitlines() or ["nothing"])[0]
    if result.returncode or first.split() != ["Consul", VERSION]:
        raise ProblemError(f"the Consul that was built says {first!r}, expected 'Consul {VERSION}'; {INSTEAD}")


def _explained(output: str, folder: Path) -> ProblemError:
    if "no space left" in output or "disk quota" in output:
        return ProblemError(f"{BEGIN}{folder} is full; free some room, or choose another folder with {OPTION}")
    if any(mark in output for mark in OFFLINE):
        return ProblemError(
            f"{BEGIN}no Go module proxy answers ({reason(output)}); connect this machine, name a proxy that it reaches "
            f"by GOPROXY, or {INSTEAD}"
        )
    return ProblemError(f"{BEGIN}{reason(output)}; {INSTEAD}")


def reason(output: str) -> str:
    """Return the last line of Go's `output` that is neither a warning nor advice."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith(ADVICE)]
    return lines[-1] if lines else "go gave no reason"
