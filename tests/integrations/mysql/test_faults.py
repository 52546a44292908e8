"""What goes wrong with a server: the right state, and nothing else harmed. Who answers wrongly is a stand-in."""

import os
import signal
from contextlib import ExitStack

import pytest

from exporter.base.check import DeniedError, Login, Server
from integrations.mysql import rsa
from integrations.mysql.check import Check
from integrations.mysql.protocol import BYTES_MAX, StatementError

LOGIN = Login("vigie", "s3cret-0f-mysql")
PEM = b"-----BEGIN PUBLIC KEY-----\nbm8ga2V5\n-----END PUBLIC KEY-----\n"


def packet(number, body):
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def greeting(plugin=b"mysql_native_password"):
    body = b"\x0a8.0.0-test\0" + bytes(4) + b"12345678\0" + bytes(18) + b"123456789012\0" + plugin + b"\0"
    return packet(0, body)


def refusal(code, number=0):
    return packet(number, b"\xff" + code.to_bytes(2, "little") + b"#HY000said by the server")


LET_IN = packet(2, b"\0\0\0\2\0\0\0")
SHA2 = b"caching_sha2_password"
COLUMN = b"\3def\0\0\0\4name\0" + bytes(13)
ROWS = [packet(1, b"\2"), packet(2, COLUMN), packet(3, COLUMN), packet(4, b"\xfe\0\0\0\0")]
ROW = packet(5, b"\xfc\x60\xea" + b"x" * 60_000 + b"\1x")


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([[b"HTTP/1.1 400 Bad Request\r\n\r\n"]], ValueError),
        ([[b"-ERR unknown command\r\n"]], ValueError),
        ([[packet(0, b"\x0a")]], ValueError),
        ([[packet(0, b"\x09old")]], ValueError),
        ([[b"\0\0\0\0"]], ValueError),
        ([[b"\xff\xff\xff\0"]], ValueError),
        ([[refusal(1130)]], DeniedError),
        ([[refusal(1040)]], ConnectionRefusedError),
        ([[refusal(1129)]], ConnectionRefusedError),
        ([[refusal(4242)]], ValueError),
        ([[greeting()], [refusal(1045, 2)]], DeniedError),
        ([[greeting()], [packet(2, b"\xfemysql_clear_password\0")]], DeniedError),
        ([[greeting()], [packet(2, b"\xfeclient_ed25519\0" + bytes(32))]], DeniedError),
        ([[greeting()], [packet(2, b"\1\4")]], ValueError),
        ([[greeting(SHA2)], [packet(2, b"\1\4")], [packet(4, b"\1" + PEM)]], ValueError),
        ([[greeting(SHA2)], [packet(2, b"\1\4")], [packet(4, b"\1")]], ValueError),
        ([[greeting()], [LET_IN], [packet(1, b"\xfb/etc/passwd")]], ValueError),
        ([[greeting()], [LET_IN], [*ROWS, *[ROW] * (BYTES_MAX // 60_000 + 1)]], ValueError),
        ([[greeting()], [LET_IN], [*ROWS, packet(5, b"\1x")]], LookupError),
        ([], TimeoutError),
        ([[greeting()[:20]]], TimeoutError),
        ([[greeting()]], TimeoutError),
        ([[greeting()], [LET_IN], ROWS], TimeoutError),
    ],
)
def test_what_is_not_a_healthy_server(start_stand_in, answers, error):
    with pytest.raises(error) as raised:
        Check().read(start_stand_in(*answers, greets=True), LOGIN, 1.0)
    assert LOGIN.password not in str(raised.value)


def test_nobody_listens(free_port):
    with pytest.raises(ConnectionRefusedError):
        Check().read(Server("127.0.0.1", free_port()), LOGIN, 1.0)


def test_without_a_user_nobody_is_asked():
    with pytest.raises(DeniedError, match="expected user:"):
        Check().read(Server("127.0.0.1", 1), Login(), 1.0)


def test_a_key_of_an_unusual_size_is_refused():
    with pytest.raises(ValueError, match="longer than the server's key"):
        rsa.encrypt(b"x" * 200, (1 << 1023) + 1, 65537)


@pytest.mark.integration
@pytest.mark.parametrize("kind", ["newest", "mysql"])
def test_passwords(pair_of, kind):
    server, _ = pair_of(kind)
    server.call("CREATE USER guest@'%' IDENTIFIED BY 'sesame-1'")
    try:
        for login in (Login("guest"), Login("guest", "wrong-1"), Login("nobody", "sesame-1")):
            with pytest.raises(DeniedError) as denied:
                server.page(login)
            assert "-1" not in str(denied.value)
        for _ in range(2):  # MySQL wants the password itself the first time, and knows it the second
            assert "mysql_up 1\n" in server.page(Login("guest", "sesame-1"))
    finally:
        server.call("DROP USER guest@'%'")


@pytest.mark.integration
def test_a_frozen_server_is_too_late_and_comes_back(servers_of):
    server = servers_of("newest").start()
    os.kill(server.process.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        server.page(timeout_seconds=0.3)
    os.kill(server.process.pid, signal.SIGCONT)
    assert "mysql_up 1\n" in server.page()


@pytest.mark.integration
def test_what_is_forbidden_costs_its_own_metrics_and_is_not_asked_again(newest):
    newest.call("CREATE USER guest@'%' IDENTIFIED BY 'sesame-1'")
    try:
        login, newest.check = Login("guest", "sesame-1"), Check()
        page = newest.page(login)
        assert 'mysql_exporter_collector_success{collector="collect.slave_status"} 0\n' in page
        assert 'mysql_exporter_collector_success{collector="collect.global_status"} 1\n' in page
        before = newest.call("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'")
        assert newest.page(login).count("# TYPE") == page.count("# TYPE")
        assert newest.call("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'") == before
    finally:
        newest.call("DROP USER guest@'%'")
        newest.check = Check()


@pytest.mark.integration
def test_a_server_without_room_is_unreachable(servers_of):
    server = servers_of("newest").start("--max-connections=10")
    server.call("CREATE USER guest@'%' IDENTIFIED BY 'sesame-1'")
    with ExitStack() as held:
        for _ in range(10):
            held.enter_context(server.connect(Login("guest", "sesame-1")))
        with pytest.raises(ConnectionRefusedError, match="Too many connections"):
            server.page(Login("guest", "sesame-1"))


@pytest.mark.integration
def test_a_replica_that_stands_still_is_told(pair_of):
    _, replica = pair_of("newest")
    replica.call("STOP SLAVE SQL_THREAD")
    page = replica.page()
    replica.call("START SLAVE SQL_THREAD")
    running = next(line for line in page.splitlines() if line.startswith("mysql_slave_status_slave_sql_running{"))
    assert running.endswith(" 0")


@pytest.mark.integration
def test_the_statement_that_fails_is_told(newest):
    with pytest.raises(StatementError, match="1146"):
        newest.call("SELECT * FROM shop.nowhere")
