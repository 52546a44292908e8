"""Why something could not be asked, in plain words: real sentences of Prometheus, and our own questions."""

import socket
import threading

import pytest

from vigie.core.http.asking import Server, TroubleError, shown
from vigie.core.http.fetch_failure import CAUSES, REMEDIES, of_scrape, of_status


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ('Get "http://127.0.0.1:9/metrics": dial tcp 127.0.0.1:9: connect: connection refused', "refused"),
        ('Get "http://10.0.0.1:9100/metrics": context deadline exceeded', "timeout"),
        ('Get "http://10.0.0.1:9100/metrics": dial tcp 10.0.0.1:9100: i/o timeout', "timeout"),
        ('Get "http://10.0.0.1:9100/metrics": dial tcp 10.0.0.1:9100: connect: no route to host', "route"),
        ('Get "http://web-1:9100/metrics": dial tcp: lookup web-1 on 10.0.0.2:53: no such host', "name"),
        ('Get "https://web-1:9100/metrics": x509: certificate signed by unknown authority', "tls"),
        ('Get "https://web-1:9100/metrics": tls: failed to verify certificate: x509: certificate has expired', "tls"),
        ('Get "https://web-1:9100/metrics": http: server gave HTTP response to HTTPS client', "plain"),
        (
            'Get "http://web-1:9100/metrics": net/http: HTTP/1.x transport connection broken: malformed HTTP response',
            "encrypted",
        ),
        ('Get "http://web-1:9100/metrics": EOF', "closed"),
        ('Get "http://web-1:9100/metrics": read tcp 1.2.3.4:5->6.7.8.9:10: read: connection reset by peer', "closed"),
        ("unexpected EOF", "closed"),
        ("data does not end with # EOF", "page"),
        ("server returned HTTP status 401 Unauthorized", "login"),
        ("server returned HTTP status 403 Forbidden", "forbidden"),
        ("server returned HTTP status 404 Not Found", "missing"),
        ("server returned HTTP status 503 Service Unavailable", "server"),
        ("server returned HTTP status 302 Found", "status"),
        ("sample limit exceeded", "samples"),
        ("body size limit exceeded", "size"),
        ('label_limit exceeded (metric: "a", number of labels: 9, limit: 5)', "labels"),
        ('label_value_length_limit exceeded (metric: "a", label name: "b")', "labels"),
        ("target_limit exceeded (number of targets: 9, limit: 5)", "targets"),
        ('expected value after metric, got "INVALID"', "page"),
        ('strconv.ParseFloat: parsing "x": invalid syntax', "page"),
    ],
)  # fmt: skip - a line each
def test_what_prometheus_says_of_a_scrape(error, kind):
    assert of_scrape(error).kind == kind


def test_each_kind_has_a_cause_and_a_remedy():
    assert CAUSES.keys() == REMEDIES.keys()
    assert all("{where}" in cause for cause in CAUSES.values())


def test_what_a_server_answers_can_harm_no_terminal():
    found = of_status(500, "\x1b[31mred\x07 " + "x" * 5000)
    assert found.detail.isprintable()
    assert len(found.detail) < 400


def test_no_credentials_are_shown():
    assert shown("https://user:secret@host:9/path/?token=x#y") == "https://host:9/path"


def asked(url, seconds=0.5):
    with Server(url, seconds) as server, pytest.raises(TroubleError) as error:
        server.get("/")
    return error.value.trouble


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one


def answering(listener, answer):
    """Answer one connection with these bytes, and close it."""

    def run():
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_nobody_listens(free_port):
    assert asked(f"http://127.0.0.1:{free_port()}").kind == "refused"


def test_nobody_answers(listener):
    assert asked(f"http://127.0.0.1:{listener.getsockname()[1]}").kind == "silent"


def test_a_connection_that_ends(listener):
    assert asked(answering(listener, b"")).kind == "closed"


def test_a_redirect_is_not_followed(listener):
    found = asked(
        answering(listener, b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n")
    )
    assert (found.kind, found.detail) == ("status", "302")


def test_http_where_https_is_expected(listener):
    url = answering(listener, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    assert asked(url.replace("http:", "https:")).kind == "plain"


def test_a_name_that_nobody_knows():
    assert asked("http://no-such-host.invalid").kind == "name"


def test_a_page_that_never_ends(listener, monkeypatch):
    monkeypatch.setattr("vigie.core.http.asking.MAX_BYTES", 1000)
    assert asked(answering(listener, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000)).kind == "size"
