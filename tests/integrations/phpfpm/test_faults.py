"""What goes wrong with a pool: the right state, and nothing else harmed. Who answers wrongly is a stand-in."""

import os
import signal
import threading
from pathlib import Path

import pytest

from exporter.base.byte_stream import ByteStream
from exporter.base.check import DeniedError, Login, Server
from exporter.parsing import items
from integrations.phpfpm.check import Check
from integrations.phpfpm.fastcgi import CONTENT_BYTES_MAX, END, HEADER, STDERR, STDOUT
from tests.integrations.pages import read_series

HEAD = b"Content-type: text/plain\r\n\r\n"


def record(kind, content, padding=0):
    return HEADER.pack(1, kind, 1, len(content), padding) + content + b"\0" * padding


OVER = record(END, b"\0" * 8)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], ValueError),
        ([HEADER.pack(1, 9, 1, 0, 0)], ValueError),
        ([OVER], ValueError),
        ([record(STDOUT, b"Status: 404 Not Found\r\n" + HEAD + b"File not found.\n"), OVER], ValueError),
        ([record(STDOUT, HEAD + b"<html>Welcome</html>"), OVER], ValueError),
        ([record(STDERR, b"Primary script unknown"), OVER], ValueError),
        ([record(STDOUT, HEAD + b"pool: www\n")], TimeoutError),
        ([HEADER.pack(1, STDOUT, 1, 100, 0), b"pool: www\n"], TimeoutError),
        ([], TimeoutError),
        ([record(STDOUT, b"x" * 65000)] * (CONTENT_BYTES_MAX // 65000 + 2), ValueError),
    ],
)
def test_what_is_not_a_healthy_pool(start_stand_in, answer, error):
    with pytest.raises(error):
        Check().read(start_stand_in(answer)._replace(path="/status"), Login(), 1.0)


def test_nobody_listens(free_port, tmp_path):
    check = Check()
    with pytest.raises(ConnectionRefusedError):
        check.read(Server("127.0.0.1", free_port(), "/status"), Login(), 1.0)
    with pytest.raises(FileNotFoundError):
        check.read(Server(f"{tmp_path}/no.sock", 0, "/status"), Login(), 1.0)
    assert read_series(check.page_when_down().decode()) == {f'php_fpm_up{{socket_path="{tmp_path}/no.sock"}}': 0}


def test_a_socket_that_may_not_be_opened_is_a_refusal(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ByteStream, "__init__", refuse)  # root may open every socket
    with pytest.raises(DeniedError, match="Permission denied: expected a socket that the exporter may open"):
        Check().read(Server("/run/php/fpm.sock", 0, "/status"), Login(), 1.0)


def test_a_line_that_is_no_number_costs_itself_alone(start_stand_in):
    page = b"pool: www\nstart time: now\naccepted conn: many\nlisten queue: 5\nidle processes: -1\nslow requests: 3\n"
    skipped = items.begin()
    answer = [record(STDOUT, HEAD + page, padding=5), OVER]
    told = Check().read(start_stand_in(answer)._replace(path="/status"), Login(), 1.0).decode()
    assert {name.partition("{")[0]: value for name, value in read_series(told).items()} == {
        "php_fpm_up": 1,
        "php_fpm_listen_queue": 5,
        "php_fpm_slow_requests": 3,
    }
    assert skipped.count == 3


@pytest.mark.integration
def test_another_path_is_told(start_pool):
    pool = start_pool()
    with pytest.raises(ValueError, match=r"/other: expected pm.status_path of the pool, got status 40\d"):
        pool.page(path="/other")
    assert "php_fpm_up{" in pool.page()


@pytest.mark.integration
def test_a_pool_without_a_free_process_is_too_late(start_pool, wait_until):
    pool, is_seen = start_pool(), threading.Event()

    def keep_busy():
        while not is_seen.is_set():
            pool.run("sleep(2);")

    busy = [threading.Thread(target=keep_busy) for _ in range(2)]
    for thread in busy:
        thread.start()
    try:
        wait_until(lambda: is_too_late(pool), what="a pool that is busy")
    finally:
        is_seen.set()
        for thread in busy:
            thread.join()
    assert "php_fpm_up{" in pool.page()


def is_too_late(pool):
    try:
        pool.page(timeout_seconds=0.3)
    except TimeoutError:
        return True
    return False


@pytest.mark.integration
def test_frozen_processes_are_too_late_and_come_back(start_pool):
    pool = start_pool()
    group = list(map(int, Path(f"/proc/{pool.process.pid}/task/{pool.process.pid}/children").read_text().split()))
    for pid in group:
        os.kill(pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        pool.page(timeout_seconds=0.3)
    for pid in group:
        os.kill(pid, signal.SIGCONT)
    assert "php_fpm_up{" in pool.page()
