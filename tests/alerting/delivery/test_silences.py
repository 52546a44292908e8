"""Matchers as people write them, and downtimes in a real Alertmanager by the command."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
import requests

from alerting.delivery import silences
from vigie.core.errors import UsageProblemError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host=web-1", ("host", "web-1", False, True)),
        ("host!=web-1", ("host", "web-1", False, False)),
        ("host=~web-.*", ("host", "web-.*", True, True)),
        ("host!~web=1", ("host", "web=1", True, False)),
        ("summary=a=b\nc", ("summary", "a=b\nc", False, True)),
    ],
)
def test_matchers(text, expected):
    matcher = silences.parse_matcher(text)
    assert (matcher["name"], matcher["value"], matcher["isRegex"], matcher["isEqual"]) == expected


@pytest.mark.parametrize("text", ["", "web-1", "=x", "a b=c", "1a=b"])
def test_says_what_a_matcher_looks_like(text):
    with pytest.raises(UsageProblemError, match="expected name=value"):
        silences.parse_matcher(text)


@pytest.mark.parametrize("matches", [["host!=web-1"], ["host=~.*"], ["host="]])
def test_refuses_to_silence_everything(matches):
    with pytest.raises(UsageProblemError, match="else all is silent"):
        silences.make_silence(matches, NOW, 60, "me", "why")


def test_ends_when_it_should():
    silence = silences.make_silence(["host=web-1"], NOW, 7200, "me", "why")
    assert (silence["startsAt"], silence["endsAt"]) == ("2026-01-01T00:00:00+00:00", "2026-01-01T02:00:00+00:00")


def vigie(*arguments):
    return subprocess.run([sys.executable, "-m", "vigie", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.integration
def test_a_downtime_from_beginning_to_end(start_alertmanager, free_port):
    server = start_alertmanager()
    # the first of the pair is away
    reach = ("--alertmanager-url", f"http://127.0.0.1:{free_port()},{server.url}")
    done = vigie(
        "downtime", "add", "--match", "host=web-1", "--for", "2h", "--comment", "new [disk]", "--by", "me", *reach
    )
    assert done.returncode == 0, done.stderr
    [silence] = requests.get(server.url + "/api/v2/silences", timeout=20).json()
    assert (silence["id"], silence["status"]["state"]) == (done.stdout.strip(), "active")
    shown = vigie("downtime", "list", *reach).stdout
    assert "host=web-1" in shown
    assert "new [disk]" in shown
    assert vigie("downtime", "end", silence["id"][:8], *reach).stdout == "ended: host=web-1 (new [disk])\n"
    assert vigie("downtime", "list", *reach).stdout == "no downtimes\n"
    again = vigie("downtime", "end", silence["id"], *reach)
    assert (again.returncode, "no downtime with an id that begins with" in again.stderr) == (1, True)


def test_says_what_a_duration_looks_like():
    done = vigie("downtime", "add", "--match", "a=b", "--for", "long", "--comment", "c")
    assert (done.returncode, "--for 'long': expected a duration" in done.stderr) == (64, True)
