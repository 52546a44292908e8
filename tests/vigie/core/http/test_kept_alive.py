"""One kept-alive connection: TLS that fails tells nothing in clear text, many descriptors, an end from elsewhere."""

import gzip
import resource
import socket
import threading
import time

import pytest

from vigie.core.http.kept_alive import FAILURES, KeptAliveConnection, RefusedConnectionError
from vigie.core.settings import ConsulAccess

SECRET = {"X-Consul-Token": "not-a-real-secret"}


@pytest.fixture
def connect():
    """Return `connect(url, **settings)`: a connection, which is closed in the end."""
    connections = []

    def connect(url, **settings):
        connections.append(KeptAliveConnection(url, ConsulAccess(url=(url,), **settings), 2.0))
        return connections[-1]

    yield connect
    for connection in connections:
        connection.close()


def test_answers_come_over_one_connection(listen, connect):
    server, url = listen()
    connection = connect(url)
    assert [connection.get(path, {}, 2.0).status for path in ("/good", "/elsewhere", "/gone")] == [200, 302, 503]
    assert [path for _, path in server.requests] == ["/good", "/elsewhere", "/gone"], "no redirect is followed"


@pytest.mark.parametrize("setting", ["ca_file", "cert_file"])
def test_a_missing_file_for_tls_never_sends_a_request_in_clear_text(connect, listener, tmp_path, setting):
    received = []

    def listen():
        while True:
            taken, _ = listener.accept()
            with taken:
                taken.settimeout(0.5)
                try:
                    received.append(taken.recv(65536))
                except OSError:
                    received.append(b"")

    threading.Thread(target=listen, daemon=True).start()
    port = listener.getsockname()[1]
    connection = connect(f"https://127.0.0.1:{port}", **{setting: tmp_path / "missing.pem"})
    for _ in range(2):
        with pytest.raises(FAILURES):
            connection.get("/good", SECRET, 1.0)
    time.sleep(0.2)
    assert not any(b"GET" in content for content in received)


def test_a_refused_certificate_is_tried_again_over_tls(connect, listener):
    """The server answers the handshake with rubbish; the second request begins with a handshake again."""
    received = []

    def listen():
        for _ in range(2):
            taken, _ = listener.accept()
            with taken:
                received.append(taken.recv(65536))
                taken.sendall(b"rubbish" * 10)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    connection = connect(f"https://127.0.0.1:{listener.getsockname()[1]}")
    for _ in range(2):
        with pytest.raises(FAILURES):
            connection.get("/good", SECRET, 1.0)
    thread.join(5)
    handshake = b"\x16\x03"
    assert [content[:2] for content in received] == [handshake, handshake]


def test_packed_answers_are_unpacked(connect, answer_with):
    body = gzip.compress(b"[]")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert connect(answer_with(head, body)).get("/", {}, 2.0).body == b"[]"


def test_who_closes_without_an_answer_has_too_many_connections(connect, answer_with):
    with pytest.raises(RefusedConnectionError):
        connect(answer_with()).get("/", {}, 2.0)


def test_a_waiting_read_ends_from_another_thread(connect, listener):
    connection = connect(f"http://127.0.0.1:{listener.getsockname()[1]}")
    threading.Timer(0.3, connection.abort).start()
    started_at = time.monotonic()
    with pytest.raises(FAILURES):
        connection.get("/", {}, 60.0)
    assert time.monotonic() - started_at < 30


def test_descriptors_above_a_thousand_are_no_failure(listen, connect):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1200, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    _, url = listen()
    many = [socket.socket() for _ in range(1100)]
    try:
        connection = connect(url)
        assert [connection.get("/good", {}, 2.0).status for _ in range(2)] == [200, 200]
    finally:
        for each in many:
            each.close()
