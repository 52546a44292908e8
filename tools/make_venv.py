"""Make a virtual environment with this project in it, versions pinned by constraints.txt; standard library only."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
# Where Debian's package python3-pip-whl has pip as a wheel, which Python runs as it is.
WHEELS = "usr/share/python-wheels"


def main(folder: str, project: str, *extra: str) -> None:
    """Create `folder` and install `project` (such as `.[server]`), editable, and the `extra` packages."""
    if sys.version_info < MINIMUM:
        sys.exit(
            f"vigie needs Python {MINIMUM[0]}.{MINIMUM[1]} or newer; this is {sys.version.split()[0]}: set PYTHON="
        )
    print(f"{folder}: making an environment and installing vigie in it (about a minute) …", flush=True)
    python = str(Path(folder) / "bin" / "python")
    if importlib.util.find_spec("ensurepip"):
        venv.create(folder, with_pip=True, clear=True)
    else:
        venv.create(folder, with_pip=False, clear=True)
        with tempfile.TemporaryDirectory() as temporary:
            wheel = installed_wheel(Path("/")) or fetched_wheel(Path(temporary))
            subprocess.run([python, f"{wheel}/pip", "install", "--quiet", "--no-index", wheel], check=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt"]
    result = subprocess.run([*pip, "--editable", project, *extra], check=False)
    if result.returncode:
        shutil.rmtree(folder)
        sys.exit(f"{folder}: pip could not install vigie, see above; it needs a package index (PyPI or a mirror of it)")


def installed_wheel(root: Path) -> Path | None:
    """Return pip's wheel under `root` as Debian lays it out, None when there is none."""
    return next((root / WHEELS).glob("pip-*.whl"), None)


def fetched_wheel(folder: Path) -> Path:
    """Return pip's wheel from Debian's package, fetched into `folder` without root as the servers are.

    A Debian without python3-venv has no ensurepip, and whoever is not root can't install it.
    """
    sys.path.insert(0, str(ROOT))
    from vigie.core.errors import ProblemError  # noqa: PLC0415 - found only with the line above
    from vigie.stack import apt  # noqa: PLC0415

    if not apt.is_supported():
        sys.exit("this Python lacks ensurepip: install it (Debian: python3-venv), or set PYTHON= to another Python")
    suite = apt.own_codename(Path("/etc/os-release").read_text())
    try:
        deb = apt.download("python3-pip-whl", suite, apt.own_mirror(), folder / "cache" / "apt", lambda _percent: None)
    except ProblemError as error:
        sys.exit(f"this Python lacks ensurepip (Debian: python3-venv), and fetching pip without it failed: {error}")
    subprocess.run(["dpkg-deb", "-x", deb, folder / "root"], check=True)
    wheel = installed_wheel(folder / "root")
    assert wheel, "python3-pip-whl has pip's wheel in it"
    return wheel


if __name__ == "__main__":
    main(*sys.argv[1:])
