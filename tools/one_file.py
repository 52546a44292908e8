"""Builds the agent as one file with a Python of its own, for hosts without Python 3.11, as root.

`python tools/one_file.py --output dist` makes a root of the oldest Debian that this machine's mirror serves, since a
program runs on the C library that it was built with and on newer ones. In it Python is built of Debian's own source,
and PyInstaller makes the file. The root is kept in build/roots; a second run takes half a minute. It takes no network.
The file is for processors like this machine's.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import agent_packages
import distributions

from vigie.core.errors import ProblemError
from vigie.stack import apt

ROOT = Path(__file__).resolve().parent.parent
ROOTS = ROOT / "build" / "roots"
# Oldest first.
SUITES = ("buster", "bullseye", "bookworm", "trixie")
# Whose source of Python is built, with Debian's corrections of it.
PYTHON_SUITE, PYTHON = "bookworm", "3.11"
INCLUDED = (
    "binutils", "dpkg-dev", "gcc", "libbz2-dev", "libc6-dev", "libexpat1-dev", "libffi-dev", "liblzma-dev",
    "libssl-dev", "make", "zlib1g-dev",
)  # fmt: skip
# Debian's correction of pyexpat needs what its own build defines.
MAKE_PYTHON = """
cd /build/source
dpkg-source --no-check --extract python*.dsc tree > log 2>&1
cd tree
sed -i '1i #define Py_BUILD_CORE_MODULE 1' Modules/pyexpat.c
{{ ./configure --prefix=/opt/python --enable-shared --without-ensurepip --without-static-libpython \\
    --with-system-expat --disable-test-modules LDFLAGS=-Wl,-rpath,/opt/python/lib
    make -j{jobs}; make install; }} >> ../log 2>&1
/opt/python/bin/python{python} -c 'import bz2, ctypes, hashlib, lzma, pyexpat, ssl, zlib'
"""
MAKE_FILE = """
export PYTHONPATH=/build/builder PYTHONHASHSEED=1 PYTHONDONTWRITEBYTECODE=1 SOURCE_DATE_EPOCH={epoch}
python=/opt/python/bin/python{python}
cd /build
find lib -exec touch --no-dereference --date=@{epoch} {{}} +
$python -m compileall -q --invalidation-mode unchecked-hash lib
$python /build/tools/freeze.py /build
"""


def main() -> None:
    """Build the file, and name it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="the folder for the file")
    parser.add_argument("--version", default="", help="the version; by default that of the git tag")
    arguments = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        sys.exit(
            "expected root and debootstrap (Debian's package of that name): the file is built in a root of its own"
        )
    version = arguments.version or distributions.version_of(ROOT)
    try:
        print(build(version, arguments.output.resolve()))
    except ProblemError as error:
        sys.exit(str(error))


def build(version: str, output: Path) -> Path:
    """Build the file of one version; return its path."""
    mirror = apt.own_mirror()
    architecture = run("dpkg", "--print-architecture").strip()
    root = root_with_python(oldest(mirror), mirror)
    build_folder = root / "build"
    for name in ("lib", "builder", "tools", "work"):
        shutil.rmtree(build_folder / name, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="vigie-one-file-") as temporary:
        folder = Path(temporary)
        agent_packages.unpack(distributions.build("agent", version, folder), build_folder / "lib")
        for lock, unpacked in (("agent", "lib"), ("one-file", "builder")):
            for wheel in agent_packages.downloaded(PYTHON, architecture, folder / lock, lock):
                agent_packages.unpack(wheel, build_folder / unpacked)
    (build_folder / "tools").mkdir()
    for name in ("freeze.py", "one_file_start.py"):
        shutil.copyfile(ROOT / "tools" / name, build_folder / "tools" / name)
    inside(root, MAKE_FILE.format(epoch=agent_packages.source_date(), python=PYTHON))
    output.mkdir(parents=True, exist_ok=True)
    target = output / f"vigie-agent_{version}_{architecture}"
    shutil.move(build_folder / "vigie-agent", target)
    return target


def oldest(mirror: str) -> str:
    """Return the oldest suite that the mirror serves."""
    for suite in SUITES:
        try:
            with urllib.request.urlopen(f"{mirror}/dists/{suite}/Release", timeout=30):  # noqa: S310 - http of apt's
                return suite
        except urllib.error.HTTPError:
            continue
        except OSError as error:
            raise ProblemError(f"the Debian mirror {mirror} can't be reached: {error}") from error
    raise ProblemError(f"the Debian mirror {mirror} serves none of {', '.join(SUITES)}: set another one for apt")


def root_with_python(suite: str, mirror: str) -> Path:
    """Return the folder of a Debian with a compiler and our Python; make what of it is not there."""
    root = ROOTS / f"one-file-{suite}"
    if not (root / "build").is_dir():
        print(f"making a root of Debian {suite} …", file=sys.stderr)
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(parents=True, exist_ok=True)
        run("debootstrap", "--variant=minbase", f"--include={','.join(INCLUDED)}", suite, str(root), mirror)
        (root / "build").mkdir()
    python = root / "opt" / "python"
    complete = python / f"complete-{PYTHON}"  # written last, when all of it could be imported
    if not complete.exists():
        print(f"building Python {PYTHON} in it, which takes some minutes …", file=sys.stderr)
        source = root / "build" / "source"
        for left in (source, python):
            shutil.rmtree(left, ignore_errors=True)
        fetch_source(mirror, source)
        inside(root, MAKE_PYTHON.format(jobs=os.cpu_count() or 1, python=PYTHON), log=source / "log")
        complete.touch()
    return root


def fetch_source(mirror: str, target: Path) -> None:
    """Download Debian's source of Python by a private apt, which verifies what it takes; end with apt's own words."""
    with tempfile.TemporaryDirectory(prefix="vigie-source-") as temporary:
        state = Path(temporary)
        for part in ("state/lists/partial", "cache/archives/partial"):
            (state / part).mkdir(parents=True)
        (state / "sources.list").write_text(f"deb-src [signed-by={apt.KEYRING}] {mirror} {PYTHON_SUITE} main\n")
        (state / "apt.conf").write_text(apt.CONFIGURATION.format(folder=state))
        get = ("apt-get", "-qq", "-c", str(state / "apt.conf"))
        run(*get, "update")
        target.mkdir(parents=True)
        run(*get, "source", "--download-only", f"python{PYTHON}", folder=target)


def inside(root: Path, script: str, log: Path | None = None) -> None:
    """Run a script as root of `root`, with no network and no more than /proc and /dev/null of this machine."""
    apart = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-euc"]
    mounts = (
        f"mount -t proc proc {root}/proc; exec chroot {root} /usr/bin/env -i PATH=/usr/bin:/bin HOME=/build sh -euc"
    )
    command = [*apart, f'{mounts} "$1"', "sh", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stdout + done.stderr + (log.read_text() if log and log.is_file() else "")
        sys.exit(f"building in {root} failed:\n{said[-3000:]}")


def run(*command: str, folder: Path | None = None) -> str:
    """Return what a command says; end with its own words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise ProblemError(f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
