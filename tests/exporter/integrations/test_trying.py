"""One try of an endpoint says what Prometheus would get."""

import contextlib
import http.server
import threading
import time

import pytest

from exporter.base.check import Server
from exporter.integrations import trying
from exporter.integrations.targets import LoginFile
from exporter.integrations.trying import try_server
from vigie.core.errors import UsageProblemError
from vigie.core.integrations.catalogue import read_catalogue

PAGE = b'# HELP a_total A.\n# TYPE a_total counter\na_total{b="c d"} 1\na_total{b="e"} 2 1700000000000\n\nb 3\n'


class AnsweringServer(http.server.ThreadingHTTPServer):
    answer = 200, PAGE, 0.0
    seen: tuple[str, str | None] = "", None
    piece_bytes, pause_seconds = 2**20, 0.0
    daemon_threads, block_on_close = True, False


class Handler(http.server.BaseHTTPRequestHandler):
    server: AnsweringServer

    def do_GET(self):
        status, body, seconds = self.server.answer
        self.server.seen = self.path, self.headers.get("Authorization")
        time.sleep(seconds)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for start in range(0, len(body), self.server.piece_bytes):
                self.wfile.write(body[start : start + self.server.piece_bytes])
                time.sleep(self.server.pause_seconds)

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def server():
    server = AnsweringServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def attempt(server, tmp_path):
    """Return `attempt(status, body, seconds=…, login=…)`: the trial of a server that answers so."""
    (tmp_path / "shopd").mkdir()
    (tmp_path / "shopd" / "integration.yml").write_text("name: shopd\ntitle: T\nendpoint: {port: 1, path: /stats}\n")
    integration = read_catalogue(tmp_path).integrations["shopd"]

    def attempt(status=200, body=PAGE, seconds=0.0, login=LoginFile(), address=None):  # noqa: B008 - a frozen value
        server.answer = status, body, seconds
        return try_server(integration, address or Server(*server.server_address), login, 1.0)

    return attempt


def test_page_is_counted(attempt, server):
    trial = attempt()
    assert trial.outcome.state == "ok"
    assert sorted(trial.series_names) == ["a_total", "a_total", "b"]
    assert server.seen == ("/stats", None)


def test_login_is_sent_and_read_from_its_file(attempt, server, tmp_path):
    (tmp_path / "secret").write_text("pa55\n")
    attempt(login=LoginFile("vigie", tmp_path / "secret"))
    assert server.seen == ("/stats", "Basic dmlnaWU6cGE1NQ==")


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ({"status": 401}, "denied", "(401)"),
        ({"status": 403}, "denied", "(403)"),
        ({"status": 302}, "invalid", "(302 "),
        ({"status": 500}, "invalid", "(500 "),
        ({"body": b"<html>\n<h1>it works</h1>"}, "invalid", "<html>"),
        ({"body": b""}, "invalid", "text format"),
        ({"body": b'{"a": 1}'}, "invalid", "text format"),
        ({"seconds": 1.5}, "timeout", "does not answer in time"),
        ({"login": "without its file"}, "denied", ""),
    ],
    ids=["401", "403", "redirect", "500", "page for people", "empty", "JSON", "slow", "no file"],
)
def test_what_is_no_page_has_a_state_and_a_reason(attempt, tmp_path, answer, state, words):
    if "login" in answer:
        answer = {"login": LoginFile("vigie", tmp_path / "absent")}
    trial = attempt(**answer)
    assert trial.outcome.state == state
    assert words in trial.outcome.reason
    assert trial.outcome.page == b""


def test_page_without_end_in_time(attempt, server):
    server.piece_bytes, server.pause_seconds = 1, 0.3
    trial = attempt()
    assert trial.outcome.state == "timeout"
    assert trial.seconds < 3


def test_page_without_end_in_bytes(attempt, monkeypatch):
    monkeypatch.setattr(trying, "MAX_BYTES", 2**20)
    outcome = attempt(body=b"a_total 1\n" * 200_000).outcome
    assert (outcome.state, outcome.page) == ("invalid", b"")
    assert "more than 1 MiB" in outcome.reason


def test_host_that_is_no_url(attempt):
    with pytest.raises(UsageProblemError, match="expected a URL"):
        attempt(address=Server("a:9121", 9121))


def test_nobody_listens(attempt, server):
    server.shutdown()
    server.server_close()
    assert attempt().outcome.state == "unreachable"
