import gzip
import http.client
import socket
import threading
from contextlib import suppress

import pytest

from exporter import web
from exporter.web import BadRequestError, Response, Server, accepts_gzip, parse_request


@pytest.fixture
def serve():
    servers = []

    def serve(handler, **options):
        server = Server(handler, [("127.0.0.1", 0)], **options)
        servers.append(server)
        server.start()
        return server.addresses[0]

    yield serve
    for one in servers:
        one.close()


@pytest.fixture
def client():
    opened = []

    def client(address):
        one = http.client.HTTPConnection(*address, timeout=10)
        opened.append(one)
        return one

    yield client
    for one in opened:
        one.close()


def echo(request):
    return Response(200, f"{request.path} {dict(request.query)}".encode() + b"\n" + b"x" * 2000)


def test_keeps_the_connection_and_compresses_when_asked(serve, client):
    one = client(serve(echo))
    one.request("GET", "/a?b=c&b=d")
    answer = one.getresponse()
    plain = answer.read()
    assert plain.startswith(b"/a {'b': ['c', 'd']}")
    assert answer.getheader("Content-Encoding") is None
    local = one.sock.getsockname()
    one.request("GET", "/a?b=c&b=d", headers={"Accept-Encoding": "gzip"})
    answer = one.getresponse()
    assert answer.getheader("Content-Encoding") == "gzip"
    assert gzip.decompress(answer.read()) == plain
    assert one.sock.getsockname() == local


def test_head_has_no_body_and_close_is_heeded(serve, client):
    one = client(serve(echo))
    one.request("HEAD", "/", headers={"Connection": "close"})
    answer = one.getresponse()
    assert (answer.status, answer.read(), answer.getheader("Connection")) == (200, b"", "close")
    assert int(answer.getheader("Content-Length")) > 2000


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1", 405),
        (b"GET /", 400),
        (b"GET / SPDY/3", 400),
        (b"GET / HTTP/1.1\r\nno colon", 400),
        (b"GET / HTTP/1.1\r\n name: space", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 5", 413),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked", 413),
        (b"GET //[ HTTP/1.1", 400),
    ],
)
def test_what_is_not_a_plain_get_is_refused(head, status, serve):
    with pytest.raises(BadRequestError) as caught:
        parse_request(head)
    assert caught.value.status == status
    with socket.create_connection(serve(echo), 10) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(1000).startswith(f"HTTP/1.1 {status} ".encode())
        assert connection.recv(1000) == b""


@pytest.mark.parametrize(
    ("header", "expected"),
    [("gzip", True), ("deflate, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("", False), ("br", False)],
)
def test_accepts_gzip(header, expected):
    assert accepts_gzip(parse_request(b"GET / HTTP/1.1\r\nAccept-Encoding: " + header.encode())) is expected


def test_huge_head_is_cut_off(serve):
    with socket.create_connection(serve(echo), 10) as connection:
        with suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\n" + b"x-filler: yyyyyyyy\r\n" * 100_000)
        with suppress(ConnectionResetError):
            assert connection.recv(100) == b""


def test_slow_client_is_cut_off_and_others_are_served(serve, client, monkeypatch):
    monkeypatch.setattr(web, "REQUEST_SECONDS", 0.2)
    address = serve(echo)
    with socket.create_connection(address, 10) as slow:
        slow.sendall(b"GET / HT")
        one = client(address)
        one.request("GET", "/")
        assert one.getresponse().status == 200
        assert slow.recv(100) == b""


def test_more_connections_than_allowed_are_shed_and_their_places_come_back(serve, wait_until):
    address = serve(echo, max_connections=2)

    def status():
        try:
            with socket.create_connection(address, 10) as one:
                one.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
                return one.recv(12)
        except ConnectionError:
            return b""

    with socket.create_connection(address, 10), socket.create_connection(address, 10):
        wait_until(lambda: status() == b"", 10)
    wait_until(lambda: status() == b"HTTP/1.1 200", 10)


def test_close_lets_a_running_answer_finish(client):
    asked, go_on = threading.Event(), threading.Event()

    def slow(_):
        asked.set()
        go_on.wait(10)
        return Response(200, b"whole")

    server = Server(slow, [("127.0.0.1", 0)])
    server.start()
    one = client(server.addresses[0])
    one.request("GET", "/")
    asked.wait(10)
    server.close()
    go_on.set()
    answer = one.getresponse()
    assert (answer.read(), answer.getheader("Connection")) == (b"whole", "close")


def test_taken_address_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"127\.0\.0\.1:"):
        Server(echo, [("127.0.0.1", taken.getsockname()[1])])
