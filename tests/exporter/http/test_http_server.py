import gzip
import http.client
import socket
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from exporter.http import http_connections
from exporter.http.http_messages import Response
from exporter.http.http_server import HttpServer

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def serve():
    servers = []

    def serve(handler, **options):
        server = HttpServer([("127.0.0.1", 0)], **options)
        servers.append(server)
        server.start(handler)
        return server.addresses[0]

    yield serve
    for server in servers:
        server.close()


@pytest.fixture
def client():
    opened = []

    def client(address):
        connection = http.client.HTTPConnection(*address, timeout=10)
        opened.append(connection)
        return connection

    yield client
    for connection in opened:
        connection.close()


def echo(request):
    return Response(200, f"{request.path} {dict(request.query)}".encode() + b"\n" + b"x" * 2000)


def connect(address):
    return socket.create_connection(address, 10)


def ask(address, request=GET):
    """Return all that comes back for `request` until the server closes, or the head of what it keeps open for."""
    with connect(address) as connection:
        connection.sendall(request)
        return connection.recv(1000)


def served():
    """Return how many connections have a thread."""
    return sum(thread.name == "connection" for thread in threading.enumerate())


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def has_ended(connection):
    """Return whether the server has closed this connection, without waiting for it."""
    connection.settimeout(0)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


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


def test_a_slow_head_is_cut_off_however_it_trickles_and_others_are_served(serve, monkeypatch, wait_until):
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 0.5)
    address = serve(echo)
    with connect(address) as slow:
        head = iter(b"GET / HTTP/1.1\r\nx: " + b"y" * 10_000)

        def is_cut_off():
            with suppress(ConnectionError):
                slow.settimeout(10)
                slow.sendall(bytes([next(head)]))
            return has_ended(slow)

        assert not is_cut_off()
        assert ask(address).startswith(b"HTTP/1.1 200 ")
        wait_until(is_cut_off, 20)


def test_who_says_nothing_at_all_is_cut_off_too(serve, monkeypatch):
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 0.2)
    with connect(serve(echo)) as silent:
        assert silent.recv(1) == b""


def test_an_idle_connection_has_its_time(serve, monkeypatch):
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 60.0)
    monkeypatch.setattr(http_connections, "IDLE_SECONDS", 0.2)
    with connect(serve(echo)) as idle, idle.makefile("rb") as answers:
        idle.sendall(GET)
        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
        assert answers.read().endswith(b"xxx")  # up to its end


def test_a_half_closed_connection_gets_its_answer_and_ends(serve):
    with connect(serve(echo)) as connection, connection.makefile("rb") as answers:
        connection.sendall(GET)
        connection.shutdown(socket.SHUT_WR)
        assert answers.read().startswith(b"HTTP/1.1 200 ")


def test_who_does_not_take_the_answer_is_cut_off(serve, monkeypatch, wait_until):
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 0.3)
    address = serve(lambda _: Response(200, b"x" * 50_000_000))
    with connect(address) as deaf:
        deaf.sendall(GET)
        assert deaf.recv(1) == b"H"
        assert served() == 1
        wait_until(lambda: served() == 0, 20)


def test_a_flood_of_idle_connections_costs_the_next_scrape_nothing(serve, wait_until):
    address = serve(echo, max_connections=4)
    with ExitStack() as stack:
        scraper = stack.enter_context(connect(address))
        scraper.sendall(GET)
        assert scraper.recv(10_000).startswith(b"HTTP/1.1 200 ")
        idle = [stack.enter_context(connect(address)) for _ in range(20)]
        assert ask(address).startswith(b"HTTP/1.1 200 ")
        wait_until(
            lambda: has_ended(scraper) and [has_ended(connection) for connection in idle] == [True] * 17 + [False] * 3,
            10,
        )


def test_only_when_all_are_busy_the_next_one_is_sent_away(serve, wait_until):
    is_asked, go_on = threading.Semaphore(0), threading.Event()

    def slow(_):
        is_asked.release()
        go_on.wait(20)
        return Response(200, b"whole")

    address = serve(slow, max_connections=2)
    with connect(address) as first, connect(address) as second:
        for thread in (first, second):
            thread.sendall(GET)
            assert is_asked.acquire(timeout=10)
        with connect(address) as third:
            assert third.recv(1000).startswith(b"HTTP/1.1 503 ")
        go_on.set()
        for thread in (first, second):
            assert thread.recv(1000).endswith(b"whole")
    wait_until(lambda: ask(address).endswith(b"whole"), 10)


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
