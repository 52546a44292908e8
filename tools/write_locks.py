"""Writes tools/locks/<extra>.txt: all distributions that one extra installs, with versions and digests.

Versions are those of constraints.txt, so run it after `make lock` has written that anew. It needs PyPI's uv, which the
Makefile installs beside; `pip install --require-hashes -r tools/locks/agent.txt` then takes no other bytes.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "tools" / "locks"
# uv knows more platforms than we hand packages out for.
OLDEST_PYTHON = "3.11"


def main() -> None:
    """Write a file for the agent, and one for each extra together with the agent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("uv", type=Path, help="the program uv")
    uv = parser.parse_args().uv
    LOCKS.mkdir(exist_ok=True)
    for extra, requirements in requirements_of_extras().items():
        write(uv, extra, requirements)


def requirements_of_extras() -> dict[str, list[str]]:
    """Return what each extra needs, the agent's dependencies included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    agent: list[str] = project["dependencies"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    return {"agent": agent, **{extra: [*agent, *requirements] for extra, requirements in sorted(extras.items())}}


def write(uv: Path, extra: str, requirements: list[str]) -> None:
    """Write one file; end with uv's own words when it finds no solution."""
    command = [
        *(str(uv), "pip", "compile", "-", "--quiet", "--universal", "--generate-hashes", "--python-version"),
        *(OLDEST_PYTHON, "--constraint", str(ROOT / "constraints.txt")),
        *("--no-header", "--no-annotate"),
        *("--no-emit-index-url", "--no-emit-find-links", "--output-file", str(LOCKS / f"{extra}.txt")),
    ]
    done = subprocess.run(command, input="\n".join(requirements), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"uv could not lock {extra}: {done.stderr.strip()}")


if __name__ == "__main__":
    main()
