"""Wheels of the agent of any version, made of this checkout, and the linters that come as programs."""

import runpy
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from vigie.core.builtin import ROOT

AGENT_PATHS = runpy.run_path(str(ROOT / "tools" / "distributions.py"))["AGENT_PATHS"]


@pytest.fixture
def make_wheel(tmp_path):
    """Return `make_wheel(version)`: the folder with a wheel of that version, beside those made before."""
    folder = tmp_path / "wheels"

    def make_wheel(version):
        folder.mkdir(exist_ok=True)
        info = f"vigie_agent-{version}.dist-info"
        whole = [path for name in AGENT_PATHS for path in (ROOT / name, *(ROOT / name).rglob("*"))]
        files = {str(path.relative_to(ROOT)): path for path in whole}
        with zipfile.ZipFile(folder / f"vigie_agent-{version}-py3-none-any.whl", "w") as wheel:
            for name, path in files.items():
                if path.is_file() and "__pycache__" not in name:
                    wheel.write(path, name)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: vigie-agent\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nvigie = vigie.command:main\n")
            wheel.writestr(f"{info}/RECORD", "")
        return folder

    return make_wheel


@pytest.fixture
def linter():
    """Return `linter(name)`: the path of a linter of the development environment."""

    def linter(name):
        beside = Path(sys.executable).parent / name
        program = beside if beside.exists() else shutil.which(name)
        assert program, f"{name} is not installed: pip install '.[dev]'"
        return program

    return linter
