"""The command in a process of its own, and a stand-in for Grafana."""

import os
import subprocess
import sys

import pytest

from tests.fixtures.grafana.stand_in import StandIn


@pytest.fixture
def vigie(tmp_path):
    def vigie(*arguments, **environment):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
        return subprocess.run(
            [sys.executable, "-m", "vigie", *arguments],
            env=clean | {"HOME": str(tmp_path)} | environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return vigie


@pytest.fixture
def grafana():
    server = StandIn()
    yield server
    server.stop()
    assert server.unknown == []
