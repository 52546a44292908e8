"""What goes wrong with a server: the right state, and nothing else harmed. Who answers wrongly is a stand-in."""

import os
import signal

import pytest

from exporter.base.check import DeniedError, Login, Server
from integrations.redis.check import Check
from integrations.redis.protocol import BYTES_MAX


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], ValueError),
        ([b"$5\r\nhello\r\n"], ValueError),
        ([b":1\r\n"], ValueError),
        ([b"$-1\r\n"], ValueError),
        ([b"*1000000000\r\n"], ValueError),
        ([b"$99999999999\r\n"], ValueError),
        ([b"*1\r\n" * 20], ValueError),
        ([b"-NOAUTH Authentication required.\r\n"], DeniedError),
        ([b"-NOPERM User monitor has no permissions to run the 'info' command\r\n"], DeniedError),
        ([b"-LOADING Redis is loading the dataset in memory\r\n"], ValueError),
        ([b"$1000\r\nredis_version:7"], TimeoutError),
        ([], TimeoutError),
        ([b"x" * 65536] * (BYTES_MAX // 65536 + 2), ValueError),
    ],
)
def test_what_is_not_a_healthy_redis(start_stand_in, answer, error):
    with pytest.raises(error):
        Check().read(start_stand_in(answer), Login(), 1.0)


def test_nobody_listens(free_port):
    with pytest.raises(ConnectionRefusedError):
        Check().read(Server("127.0.0.1", free_port()), Login(), 1.0)


@pytest.mark.integration
def test_passwords(start_server):
    server = start_server(password="sesame-1")
    for login in (Login(), Login("", "wrong"), Login("nobody", "sesame-1")):
        with pytest.raises(DeniedError) as denied:
            server.page(login)
        assert "sesame" not in str(denied.value)
    assert "redis_up 1\n" in server.page(Login("", "sesame-1"))


@pytest.mark.integration
def test_the_user_of_the_set_up_page_is_enough(start_server):
    """`setup.md` says which rights the user needs: with them nothing of the page is missing."""
    server = start_server()
    server.call(
        "ACL", "SETUSER", "vigie", "on", ">secret", "-@all", "+info", "+config|get", "+slowlog|len", "+slowlog|get",
        "+commandlog|len", "+latency|latest", "+latency|histogram", "+cluster|info",
    )  # fmt: skip

    def names(page):
        return {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}

    assert names(server.page(Login("vigie", "secret"))) == names(server.page())
    assert "NOPERM" not in server.call("INFO", "errorstats").decode()


@pytest.mark.integration
def test_a_frozen_server_is_too_late_and_comes_back(start_server):
    server = start_server()
    os.kill(server.process.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        server.page(timeout_seconds=0.3)
    os.kill(server.process.pid, signal.SIGCONT)
    assert "redis_up 1\n" in server.page()
