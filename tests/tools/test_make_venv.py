"""An environment can be made by a Python without ensurepip, as Debian's is without python3-venv."""

import importlib.util
import subprocess
import sys

import pytest

from vigie.core.builtin import ROOT


@pytest.fixture
def make_venv(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("make_venv", ROOT / "tools" / "make_venv.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pips_wheel_is_found_where_debian_puts_it(make_venv, tmp_path):
    assert make_venv.installed_wheel(tmp_path) is None
    wheel = tmp_path / "usr/share/python-wheels/pip-23.0.1-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    wheel.touch()
    assert make_venv.installed_wheel(tmp_path) == wheel


@pytest.mark.integration
def test_pip_is_fetched_without_root_and_installs_itself(make_venv, tmp_path):
    python = tmp_path / "venv/bin/python"
    wheel = make_venv.fetched_wheel(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    subprocess.run([python, f"{wheel}/pip", "install", "--quiet", "--no-index", wheel], check=True)
    done = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pip ")


def test_an_old_python_is_told_what_is_needed(make_venv, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        make_venv.main("nowhere", ".")
