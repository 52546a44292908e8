"""What the console asks of servers that fail in one way or another."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vigie.console.data import upstream
from vigie.console.data.prometheus import data, query
from vigie.console.data.upstream import SourceError, Upstream

ANSWERS = {
    "/good": (200, b'{"data": 1}'),
    "/gone": (503, b"starting"),
    "/wrong": (400, b"a parse error\n"),
    "/odd": (200, b"<html>"),
    "/large": (200, b"x" * 200_000),
    "/elsewhere": (302, b""),
    "/api/v1/query": (200, b'{"data": {"result": [{"metric": {"a": "b"}, "value": [1, "NaN"]}]}}'),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.command, self.path))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def do_DELETE(self):
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def listen():
    running = []

    def listen():
        one = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        one.seen = []
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        running.append((one, thread))
        return one, f"http://127.0.0.1:{one.server_address[1]}"

    yield listen
    for one, thread in running:
        one.shutdown()
        one.server_close()
        thread.join(20)


@pytest.fixture
def ask():
    made = []

    def ask(*urls):
        made.append(Upstream("Prometheus", urls, 5))
        return made[-1]

    yield ask
    for one in made:
        one.close()


NOBODY = "http://ada:secret@127.0.0.1:9"


def test_the_next_address_is_asked_when_one_is_gone_and_stays_the_first(listen, ask):
    server, url = listen()
    one = ask(NOBODY, url)
    assert one.get("/good") == one.get("/good") == b'{"data": 1}'
    assert len(server.seen) == 2


def test_when_all_are_gone_it_says_so_without_the_password(ask):
    with pytest.raises(SourceError, match=r"Prometheus at 127.0.0.1:9 does not answer \(no connection\)") as found:
        ask(NOBODY).get("/good")
    assert "secret" not in str(found.value)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/gone", "answered 503"),
        ("/wrong", "answered 400: a parse error$"),
        ("/elsewhere", "answered 302"),
    ],
)
def test_what_is_no_answer(listen, ask, path, reason):
    server, url = listen()
    with pytest.raises(SourceError, match=reason):
        ask(url).get(path)
    assert server.seen == [("GET", path)]


def test_an_answer_that_would_take_all_memory_is_not_read(listen, ask, monkeypatch):
    monkeypatch.setattr(upstream, "LARGEST_BYTES", 100_000)
    with pytest.raises(SourceError, match="larger than"):
        ask(listen()[1]).get("/large")


def test_a_change_is_sent_to_the_next_only_when_it_can_not_have_been_made(listen, ask):
    (first, url), (second, other) = listen(), listen()
    with pytest.raises(SourceError, match="answered 503"):
        ask(url, other).send("POST", "/gone", {})
    assert (len(first.seen), len(second.seen)) == (1, 0)
    assert ask(NOBODY, other).send("DELETE", "/good") == b'{"data": 1}'


def test_answers_of_prometheus(listen, ask):
    one = ask(listen()[1])
    samples = query(one, "up")
    assert [(dict(sample.labels), str(sample.value)) for sample in samples] == [({"a": "b"}, "nan")]
    assert data(one, "/good") == 1
    with pytest.raises(SourceError, match="is its address right"):
        data(one, "/odd")
