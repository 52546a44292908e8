import gzip
import socket
import threading
from contextlib import suppress

import pytest

from exporter.http import http_connections
from exporter.http.http_messages import Response
from exporter.http.http_server import HttpServer

from .http_clients import GET, ask, connect, echo, has_ended, open_descriptors, served


def test_keeps_the_connection_and_compresses_when_asked(serve, client):
    connection = client(serve(echo))
    connection.request("GET", "/a?b=c&b=d")
    answer = connection.getresponse()
    plain = answer.read()
    assert plain.startswith(b"/a {'b': ['c', 'd']}")
    assert answer.getheader("Content-Encoding") is None
    local = connection.sock.getsockname()
    connection.request("GET", "/a?b=c&b=d", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert answer.getheader("Content-Encoding") == "gzip"
    assert gzip.decompress(answer.read()) == plain
    assert connection.sock.getsockname() == local


def test_head_has_no_body_and_close_is_heeded(serve, client):
    connection = client(serve(echo))
    connection.request("HEAD", "/", headers={"Connection": "close"})
    answer = connection.getresponse()
    assert (answer.status, answer.read(), answer.getheader("Connection")) == (200, b"", "close")
    assert int(answer.getheader("Content-Length")) > 2000


def test_a_refused_body_does_not_destroy_the_answer(serve):
    body = b"x" * 1_000_000
    with connect(serve(echo)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        answer = connection.recv(1000)
        assert answer.startswith(b"HTTP/1.1 405 ")
        assert b"Connection: close" in answer
        assert connection.recv(1000) == b""  # the end, and no reset, which other systems let destroy what came before


def test_requests_sent_at_once_are_answered_in_order(serve):
    with (
        connect(serve(lambda request: Response(200, request.path.encode()))) as connection,
        connection.makefile("rb") as lines,
    ):
        connection.sendall(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nConnection: cl")
        connection.sendall(b"ose\r\n\r\n")
        assert [line[-2:] for line in lines.read().split(b"HTTP/1.1 200 OK\r\n")[1:]] == [b"/1", b"/2", b"/3"]


def test_huge_head_is_refused(serve):
    address = serve(echo)
    with connect(address) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nx: " + b"y" * http_connections.HEAD_BYTES)
        assert connection.recv(1000).startswith(b"HTTP/1.1 431 ")
    with connect(address) as connection, suppress(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"x-filler: yyyyyyyy\r\n" * 1_000_000)
        pytest.fail("all of an endless head was taken")


def test_many_connections_leak_neither_threads_nor_descriptors(serve, wait_until):
    address = serve(echo, max_connections=8)
    ask(address)
    wait_until(lambda: served() == 0, 10)
    before = open_descriptors()
    for number in range(300):
        with connect(address) as connection:
            connection.sendall((GET, b"", b"GET /", b"POST / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n")[number % 5])
            if number % 5 == 0:
                connection.recv(1000)
    wait_until(lambda: served() == 0 and open_descriptors() == before, 20)
    assert ask(address).startswith(b"HTTP/1.1 200 ")


def test_a_failing_handler_is_a_500_and_the_next_request_is_answered(serve, capsys):
    def handler(request):
        if request.path == "/fails":
            raise ZeroDivisionError
        return Response(200, b"fine")

    with connect(serve(handler)) as connection:
        connection.sendall(b"GET /fails HTTP/1.1\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 500 ")
        connection.sendall(GET)
        assert connection.recv(1000).endswith(b"fine")
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_close_waits_until_a_running_answer_is_sent(client, wait_until, monkeypatch):
    is_asked, go_on = threading.Event(), threading.Event()

    class SlowlyStartingThread(threading.Thread):
        def start(self):
            super().start()
            go_on.wait(0.3)

    monkeypatch.setattr(threading, "Thread", SlowlyStartingThread)

    def slow(_):
        is_asked.set()
        go_on.wait(10)
        return Response(200, b"whole")

    server = HttpServer([("127.0.0.1", 0)])
    server.start(slow)
    connection = client(server.addresses[0])
    with connect(server.addresses[0]) as idle:
        connection.request("GET", "/")
        assert is_asked.wait(10)
        closing = threading.Thread(target=server.close)
        closing.start()
        wait_until(lambda: has_ended(idle), 10)
        assert closing.is_alive()
        go_on.set()
        answer = connection.getresponse()
        assert (answer.read(), answer.getheader("Connection")) == (b"whole", "close")
        closing.join(10)
        assert not closing.is_alive()


def test_taken_address_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"127\.0\.0\.1:"):
        HttpServer([("127.0.0.1", taken.getsockname()[1])])
