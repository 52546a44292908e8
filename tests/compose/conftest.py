"""Wheels of any version, made of this checkout, and the linters that come as programs."""

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from vigie.core.builtin import ROOT

PACKAGES = ("alerting", "compose", "dashboards", "discovery", "exporter", "vigie")


@pytest.fixture
def make_wheel(tmp_path):
    """Return `make_wheel(version)`: the folder with a wheel of that version, beside those made before."""
    folder = tmp_path / "wheels"

    def make_wheel(version):
        folder.mkdir(exist_ok=True)
        info = f"vigie-{version}.dist-info"
        files = {str(path.relative_to(ROOT)): path for package in PACKAGES for path in (ROOT / package).rglob("*")}
        with zipfile.ZipFile(folder / f"vigie-{version}-py3-none-any.whl", "w") as wheel:
            for name, path in files.items():
                if path.is_file() and "__pycache__" not in name:
                    wheel.write(path, name)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: vigie\nVersion: {version}\n")
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
