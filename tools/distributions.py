"""Builds the two distributions out of one tree: `vigie-agent`, what a host needs, and `vigie-monitoring`, all of it.

`python tools/distributions.py --output dist` makes both wheels, `… agent` one. Both bring the command `vigie` and the
same files, so they belong into environments of their own. Each is built in a folder that holds only its files, with a
project file made of ours; equal files, version and hatchling give equal bytes.
"""

import argparse
import json
import runpy
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# All that `vigie exporter` may load; tests/tools/test_distributions.py holds it against the imports.
AGENT_PATHS = ("exporter", "integrations", "vigie/__init__.py", "vigie/__main__.py", "vigie/command.py", "vigie/core")
DOCUMENTS = ("README.md", "LICENSE")
# Made by a run, by a build or by an operator.
LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "_version.py", ".env", "secrets", "rendered", "site", "consul.d", "*.swp"
)
NAMES = {"agent": "vigie-agent", "monitoring": "vigie-monitoring"}


def main() -> None:
    """Build what is asked for, and name each file that was made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("distributions", nargs="*", help="agent, monitoring; both by default")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="the folder for the wheels")
    parser.add_argument("--version", default="", help="the version; by default that of the git tag")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.distributions) - set(NAMES))
    if unknown:
        sys.exit(f"{unknown[0]!r}: expected agent or monitoring")
    version = arguments.version or version_of(ROOT)
    for distribution in arguments.distributions or NAMES:
        print(build(distribution, version, arguments.output))


def version_of(root: Path) -> str:
    """Return the version by the git tag, as `pip install` of the checkout has it, or the fallback."""
    from setuptools_scm import get_version  # noqa: PLC0415 - comes with hatch-vcs, which an image lacks

    fallback = project(root)["tool"]["hatch"]["version"]["fallback-version"]
    return str(get_version(root=root, fallback_version=fallback))


def project(root: Path) -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text())


def build(distribution: str, version: str, output: Path, root: Path = ROOT) -> Path:
    """Build one wheel into `output`; return its path."""
    if distribution == "monitoring":
        vendor = runpy.run_path(str(root / "tools" / "vendor_assets.py"))
        vendor["fetch"](vendor["CHARTS"], vendor["registry"]())
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        stage(distribution, version, root, folder)
        command = [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "wheel",
            "--directory",
            str(output.resolve()),
        ]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"hatchling could not build {NAMES[distribution]}: {result.stderr.strip()}")
    return output / f"{NAMES[distribution].replace('-', '_')}-{version}-py3-none-any.whl"


def paths_of(distribution: str, ours: dict[str, Any]) -> tuple[str, ...]:
    """Return the files and folders of one distribution."""
    packages: list[str] = ours["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return AGENT_PATHS if distribution == "agent" else tuple(packages)


def stage(distribution: str, version: str, root: Path, folder: Path) -> None:
    """Put the files of one distribution, its version and its project file into `folder`."""
    ours = project(root)
    for name in (*paths_of(distribution, ours), *DOCUMENTS):
        source, target = root / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=LEFT_OUT)
        else:
            shutil.copyfile(source, target)
    text = f'"""The version of this copy, written by its build."""\n\n__version__ = "{version}"\n'
    (folder / "vigie" / "_version.py").write_text(text)
    (folder / "pyproject.toml").write_text(project_file(distribution, version, ours))


def project_file(distribution: str, version: str, ours: dict[str, Any]) -> str:
    """Return the project file of one distribution: our metadata, fewer dependencies; JSON's texts are TOML's."""
    metadata, extras = ours["project"], ours["project"]["optional-dependencies"]
    server = [] if distribution == "agent" else extras["server"]
    packages = {path.split("/")[0] for path in paths_of(distribution, ours)}
    values = {
        "name": NAMES[distribution],
        "version": version,
        **{key: metadata[key] for key in ("description", "readme", "license", "license-files", "requires-python")},
        "classifiers": metadata["classifiers"],
        "dependencies": [*metadata["dependencies"], *server],
    }
    sections = {
        "build-system": {"requires": ["hatchling"], "build-backend": "hatchling.build"},
        "project": values,
        "project.optional-dependencies": {"nvidia": extras["nvidia"]},
        "project.scripts": metadata["scripts"],
        # What git ignores was left out above; the folder may lie in one that git ignores.
        "tool.hatch.build": {"ignore-vcs": True},
        "tool.hatch.build.targets.wheel": {"only-include": sorted(packages)},
    }
    return "\n".join(
        f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for section, table in sections.items()
    )


if __name__ == "__main__":
    main()
