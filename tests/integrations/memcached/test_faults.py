"""What goes wrong with a server: the right state, and nothing else harmed. Who answers wrongly is a stand-in."""

import contextlib
import os
import signal

import pytest

from exporter.base.byte_stream import BYTES_MAX
from exporter.base.check import DeniedError, Login, Server
from exporter.parsing import items
from integrations.memcached.check import Check
from tests.integrations.pages import read_series

END = b"END\r\n"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], ValueError),
        ([b"ERROR\r\n"], ValueError),
        ([b"SERVER_ERROR out of memory writing stats\r\n"], ValueError),
        ([END * 4], ValueError),
        ([b"CLIENT_ERROR unauthenticated\r\n"], DeniedError),
        ([b"STAT pid 1\r\nSTAT version 1.6"], TimeoutError),
        ([b"STAT pid 1\r\nSTAT version 1.6\r\nEND\r\nSTAT 1:chunk_size 96\r\n"], TimeoutError),
        ([], TimeoutError),
        ([b"STAT a %b\r\n" % (b"1" * 65000)] * (BYTES_MAX // 65000 + 2), ValueError),
        ([b"x" * 65536] * 4, ValueError),
    ],
)
def test_what_is_not_a_healthy_memcached(start_stand_in, answer, error):
    with pytest.raises(error):
        Check().read(start_stand_in(answer), Login(), 1.0)


def test_nobody_listens(free_port):
    with pytest.raises(ConnectionRefusedError):
        Check().read(Server("127.0.0.1", free_port()), Login(), 1.0)
    assert read_series(Check().page_when_down().decode()) == {"memcached_up": 0}


def test_a_line_that_is_no_number_costs_itself_alone(start_stand_in):
    stats = (
        b'STAT version 1"\xff\r\nSTAT curr_items NaN\r\nSTAT bytes 1e9\r\nSTAT evictions 7\r\nSTAT uptime\r\nEND\r\n'
    )
    slabs = b"STAT 1:chunk_size x\r\nSTAT 1:used_chunks 3\r\nSTAT 1}:total_pages 3\r\nEND\r\n"
    skipped = items.begin()
    page = Check().read(start_stand_in([stats + slabs + END + END]), Login(), 1.0).decode()
    assert read_series(page) == {
        "memcached_up": 1,
        'memcached_version{version="1\\"\ufffd"}': 1,
        "memcached_items_evicted_total": 7,
        'memcached_slab_chunks_used{slab="1"}': 3,
    }
    assert skipped.count == 6  # curr_items, bytes, uptime, chunk_size, and twice cmd_set


@pytest.mark.integration
def test_passwords(start_server, tmp_path):
    (tmp_path / "users").write_text("vigie:sesame-1\n")
    server = start_server("-Y", tmp_path / "users")
    for login in (Login(), Login("vigie", "wr0ng"), Login("", "sesame-1"), Login("nobody", "sesame-1")):
        with pytest.raises(DeniedError) as denied:
            server.page(login)
        assert "sesame" not in str(denied.value)
        assert "wr0ng" not in str(denied.value)
    assert "memcached_up 1\n" in server.page(Login("vigie", "sesame-1"))


@pytest.mark.integration
def test_a_server_of_the_binary_protocol_alone_is_told(start_server):
    server = start_server("-B", "binary")
    with pytest.raises((ConnectionError, ValueError)):
        server.page()


@pytest.mark.integration
def test_a_frozen_server_is_too_late_and_comes_back(start_server):
    server = start_server()
    os.kill(server.process.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        server.page(timeout_seconds=0.3)
    os.kill(server.process.pid, signal.SIGCONT)
    assert "memcached_up 1\n" in server.page()


@pytest.mark.integration
def test_a_full_server_turns_the_check_away_and_tells_so_later(start_server):
    server = start_server("-c", 64)
    with contextlib.ExitStack() as stack:
        for _ in range(80):
            stack.enter_context(server.connect())
        with pytest.raises((ValueError, ConnectionError)):
            server.page()
    assert read_series(server.page())["memcached_connections_rejected_total"] > 0


@pytest.mark.integration
def test_a_server_without_a_login_keeps_no_password(start_server):
    server = start_server()
    assert "memcached_up 1" in server.page(Login("vigie", "sesame-1"))
    assert server.ask("get vigie") == [["END"]]
