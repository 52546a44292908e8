"""Refuses to start where another distribution has overwritten one of our generic package names, or may do so."""

from pathlib import Path

from vigie.core.builtin import ROOT
from vigie.core.errors import ProblemError

PARTS = ("alerting", "dashboards", "discovery", "exporter")
MARK = '__part_of__ = "vigie"'
# `vigie-agent` is the exporter alone.
NOT_IN_AGENT = {"alerting", "dashboards", "discovery"}
OURS = {"vigie_agent", "vigie_monitoring"}


def check(root: Path = ROOT) -> None:
    """Raise ProblemError unless each part's `__init__.py` under `root` is ours, and no other `vigie` is installed.

    `exporter` or `discovery` are names that other distributions use too; the last one that pip installed wins.
    Files are read rather than imported, because the agent must not pay for the parts that it does not run.
    """
    installed = installed_distributions(root)
    check_distributions(installed, root)
    for part in PARTS:
        if part in NOT_IN_AGENT and installed == {"vigie_agent"}:
            continue
        path = root / part / "__init__.py"
        if not path.is_file() or MARK not in path.read_text():
            raise ProblemError(
                f"package {part!r} at {path} is not vigie's: another distribution has overwritten it; "
                "install vigie alone in an environment of its own (venv, pipx, image)"
            )


def installed_distributions(root: Path) -> set[str]:
    """Return the distributions beside our packages that bring a folder `vigie`; none in a checkout."""
    named = (path.name.partition("-")[0].lower() for path in root.glob("*.dist-info"))
    return {name for name in named if name in {"vigie", *OURS}}


def check_distributions(installed: set[str], root: Path) -> None:
    """Raise ProblemError where a second distribution owns the same files as ours."""
    if "vigie" in installed:
        raise ProblemError(
            f"the distribution `vigie` is installed in {root} beside ours: both own the folder vigie/, and on PyPI "
            "that name is somebody else's; install vigie-agent or vigie-monitoring in a new environment"
        )
    if installed == OURS:
        raise ProblemError(
            f"vigie-agent and vigie-monitoring are both installed in {root} and own the same files: "
            "install vigie-monitoring, which holds all of it, in a new environment"
        )
