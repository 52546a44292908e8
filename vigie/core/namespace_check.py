"""Refuses to start when another distribution has overwritten one of our generic package names."""

from pathlib import Path

from vigie.core.builtin import ROOT
from vigie.core.errors import ProblemError

PARTS = ("alerting", "dashboards", "discovery", "exporter")
MARK = '__part_of__ = "vigie"'


def check(root: Path = ROOT) -> None:
    """Raise ProblemError unless each part's `__init__.py` under `root` is ours.

    `exporter` or `discovery` are names that other distributions use too; the last one that pip installed wins.
    Files are read rather than imported, because the agent must not pay for the parts that it does not run.
    """
    for part in PARTS:
        path = root / part / "__init__.py"
        if not path.is_file() or MARK not in path.read_text():
            raise ProblemError(
                f"package {part!r} at {path} is not vigie's: another distribution has overwritten it; "
                "install vigie alone in an environment of its own (venv, pipx, image)"
            )
