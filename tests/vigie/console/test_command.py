"""`vigie console` as a program."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

CONSOLE = [sys.executable, "-m", "vigie", "console", "--web.listen-address"]


def test_it_serves_until_it_is_told_to_end(start_program, get):
    program = start_program([*CONSOLE, "127.0.0.1:{port}", "--prometheus-url", "http://127.0.0.1:9"], "/-/healthy")
    assert "refuses connections" in get(program.url + "/hosts").text
    assert "vigie_console_requests_total" in get(program.url + "/metrics").text
    assert program.stop() == 0


def test_what_would_let_anybody_in_is_refused_in_a_sentence():
    answer = subprocess.run([*CONSOLE, "0.0.0.0:1"], capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 64
    assert "nobody would be asked who they are" in answer.stderr
    assert "Traceback" not in answer.stderr
