"""The scripts of tools/ as modules."""

import importlib
import sys

import pytest

from tests.test_structure import ROOT


@pytest.fixture
def tools(monkeypatch):
    """Return `tools(name)`: a script of tools/ as a module, imported anew."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))

    def tools(name):
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    return tools
