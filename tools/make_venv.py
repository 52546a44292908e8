"""Make a virtual environment with this project in it, versions pinned by constraints.txt; standard library only."""

import subprocess
import sys
import venv
from pathlib import Path

MINIMUM = (3, 11)


def main(folder: str, project: str, *extra: str) -> None:
    """Create `folder` and install `project` (such as `.[server]`), editable, and the `extra` packages."""
    if sys.version_info < MINIMUM:
        sys.exit(f"vigie needs Python {MINIMUM[0]}.{MINIMUM[1]} or newer; this is {sys.version.split()[0]}: set PYTHON=")
    print(f"{folder}: making an environment and installing vigie in it (about a minute) …", flush=True)
    try:
        venv.create(folder, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        sys.exit(f"{folder}: this Python lacks ensurepip; on Debian it is in the package python3-venv")
    pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt"]
    subprocess.run([*pip, "--editable", project, *extra], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
