import socket
from time import monotonic

import pytest

from exporter.base.wire import Wire, parse_head


@pytest.fixture
def pair():
    """Return our end as a Wire and the daemon's end."""
    ours, theirs = socket.socketpair()
    wire = Wire(ours)
    yield wire, theirs
    wire.close()
    theirs.close()


def soon():
    return monotonic() + 5


def test_a_known_length_ends_the_body_on_an_open_connection(pair):
    wire, daemon = pair
    daemon.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    assert wire.get("/x", "docker", soon()) == 200
    assert wire.body(soon()) == b"hello"
    assert daemon.recv(999).startswith(b"GET /x HTTP/1.1\r\nHost: docker\r\n")


def test_a_body_without_length_ends_with_the_connection(pair):
    wire, daemon = pair
    daemon.sendall(b"HTTP/1.0 404 Not Found\r\n\r\nnothing ")
    daemon.sendall(b"here")
    daemon.shutdown(socket.SHUT_WR)
    assert wire.get("/x", "docker", soon()) == 404
    assert wire.body(soon()) == b"nothing here"


def test_a_timeout_within_a_chunk_loses_nothing(pair):
    wire, daemon = pair
    daemon.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=1\r\nab")
    wire.get("/x", "docker", soon())
    with pytest.raises(TimeoutError):
        wire.next_part(monotonic() + 0.02)
    daemon.sendall(b"cd\r\n0\r\n\r\n")
    assert wire.next_part(soon()) == b"abcd"
    assert wire.next_part(soon()) == b""


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
    ],
)
def test_a_connection_that_ends_too_early_is_an_error(pair, answer):
    wire, daemon = pair
    daemon.sendall(answer)
    daemon.shutdown(socket.SHUT_WR)
    wire.get("/x", "docker", soon())
    with pytest.raises(ConnectionResetError, match="within the answer"):
        wire.body(soon())


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000, b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 oops\r\n\r\n"],
)
def test_what_is_no_http_is_refused(pair, answer):
    wire, daemon = pair
    daemon.sendall(answer)
    with pytest.raises(ValueError, match="expected an HTTP answer"):
        wire.get("/x", "docker", soon())


def test_a_chunk_of_unbelievable_size_is_refused(pair):
    wire, daemon = pair
    daemon.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 70_000)
    wire.get("/x", "docker", soon())
    with pytest.raises(ValueError, match="shorter"):
        wire.next_part(soon())


def test_the_deadline_holds_for_an_answer_that_drips(pair):
    wire, daemon = pair
    daemon.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
    with pytest.raises(TimeoutError):
        wire.get("/x", "docker", monotonic() + 0.02)


def test_header_names_are_read_in_any_case():
    assert parse_head(b"HTTP/1.1 200 OK\r\nCONTENT-length: 3") == (200, {"content-length": "3"})
