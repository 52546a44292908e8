"""`vigie integrations test` asks a real server, as an operator does before a label or a file is written."""

import subprocess
import sys

import pytest

PASSWORD = "s3cret-0f-redis"


@pytest.fixture
def test_command(start_server, tmp_path):
    """Return `test_command(password, *words)`: what the command says of a server that wants `PASSWORD`."""
    server = start_server('save ""', password=PASSWORD)

    def test_command(password, *words):
        (tmp_path / "password").write_text(password)
        command = [sys.executable, "-m", "vigie", "integrations", "test", "redis"]
        address = ["--address", f"127.0.0.1:{server.port}", "--password-file", tmp_path / "password"]
        return subprocess.run([*command, *address, *words], capture_output=True, text=True, check=False)

    return test_command


def test_what_would_be_scraped_is_told(test_command):
    result = test_command(PASSWORD, "--page")
    assert result.returncode == 0, result.stderr
    assert "\nredis_up 1\n" in result.stdout
    answer, missing, _ = result.stdout.splitlines()[-3:]
    assert "answers as redis" in answer
    assert missing.startswith("missing of its ")
    assert "redis_up" not in missing.split(": ")[1].split(", ")


def test_refused_login_is_told_without_the_password(test_command):
    result = test_command("wr0ng-pa55")
    assert result.returncode == 1
    assert "denied" in result.stderr
    assert "wr0ng-pa55" not in result.stdout + result.stderr
