"""What stands on the command line of `vigie doctor`, with no server at all."""

import json
import os
import subprocess
import sys

import pytest

NOWHERE = "http://127.0.0.1:9"
SERVERS = ("CONSUL", "PROMETHEUS", "ALERTMANAGER", "DISCOVERY")


@pytest.fixture
def vigie(tmp_path):
    """Return `vigie(*arguments)`: the command in an empty folder, with every server where nobody listens."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    environment = clean | {f"VIGIE_{name}_URL": NOWHERE for name in SERVERS} | {"VIGIE_DOCTOR_EXPORTER_URL": NOWHERE}

    def vigie(*arguments):
        command = [sys.executable, "-m", "vigie", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60, env=environment, cwd=tmp_path
        )

    return vigie


def test_the_usage_names_no_command_that_nobody_types(vigie):
    assert " doctor [OPTIONS] [HOST]\n" in vigie("doctor", "--help").stdout


def test_a_host_is_taken_for_one_whatever_it_is_called(vigie):
    for arguments in (["web-1"], ["host", "web-1"], ["--timeout", "1", "web-1"]):
        done = vigie("doctor", *arguments, "--json")
        (diagnosis,) = json.loads(done.stdout)
        assert (done.returncode, diagnosis["host"], diagnosis["broken"]) == (2, "web-1", "agent")
        assert {step["step"] for step in diagnosis["steps"] if step["state"] == "failed"} == {
            "agent",
            "consul",
            "discovery",
            "prometheus",
            "alertmanager",
        }  # fmt: skip - a line


def test_without_any_server_there_is_no_host_to_go_through(vigie):
    done = vigie("doctor", "--all")
    assert done.returncode == 1
    assert "no server knows any host" in done.stderr


def test_all_and_a_host_exclude_each_other(vigie):
    assert vigie("doctor", "--all", "web-1").returncode == 64
