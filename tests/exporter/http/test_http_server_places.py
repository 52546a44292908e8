"""Slow, idle and too many clients: what each costs, and whom it keeps waiting."""

import socket
import threading
from contextlib import ExitStack, suppress

from exporter.http import http_connections
from exporter.http.http_messages import Response

from .http_clients import GET, ask, connect, echo, has_ended, served


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
