"""What goes wrong with a server: the right state, and nothing else harmed. Who answers wrongly is a stand-in."""

import os
import signal
import struct
from contextlib import ExitStack

import pytest

from exporter.base.check import DeniedError, Login, Server
from integrations.postgresql.check import Check
from integrations.postgresql.protocol import BYTES_MAX, StatementError

LOGIN = Login("vigie", "s3cret-0f-postgres")


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def demand(number, text=b""):
    return message(b"R", struct.pack("!i", number) + text)


def refusal(code, text=b"said by the server"):
    return message(b"E", b"SFATAL\0C" + code + b"\0M" + text + b"\0\0")


READY = message(b"Z", b"I")
IN = demand(0) + READY
SCRAM = demand(10, b"SCRAM-SHA-256\0\0")
COLUMN = message(b"T", struct.pack("!h", 1) + b"name\0" + bytes(18))
ROW = message(b"D", struct.pack("!hi", 1, 60_000) + b"x" * 60_000)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([[b"HTTP/1.1 400 Bad Request\r\n\r\n"]], ValueError),
        ([[b"-ERR unknown command\r\n"]], ValueError),
        ([[message(b"R", b"")]], ValueError),
        ([[READY]], ValueError),
        ([[b"R\xff\xff\xff\xff"]], ValueError),
        ([[b"R\x7f\xff\xff\xff"]], ValueError),
        ([[refusal(b"28P01")]], DeniedError),
        ([[refusal(b"28000")]], DeniedError),
        ([[refusal(b"3D000")]], ValueError),
        ([[refusal(b"53300")]], ConnectionRefusedError),
        ([[refusal(b"57P03")]], ConnectionRefusedError),
        ([[demand(3)]], DeniedError),
        ([[demand(7)]], DeniedError),
        ([[SCRAM], [demand(11, b"r=other,s=AAAA,i=4096")]], ValueError),
        ([[SCRAM], [demand(11, b"")]], ValueError),
        ([[SCRAM], [IN]], DeniedError),
        ([[SCRAM], [demand(12, b"v=AAAA") + IN]], DeniedError),
        ([], TimeoutError),
        ([[b"R\0\0\0"]], TimeoutError),
        ([[IN]], TimeoutError),
        ([[IN], [COLUMN + ROW]], TimeoutError),
        ([[IN], [COLUMN, *[ROW] * (BYTES_MAX // 60_000 + 1)]], ValueError),
        ([[IN], [b"HTTP/1.1 400 Bad Request\r\n\r\n"]], ValueError),
    ],
)
def test_what_is_not_a_healthy_server(start_stand_in, answers, error):
    with pytest.raises(error) as raised:
        Check().read(start_stand_in(*answers), LOGIN, 1.0)
    assert LOGIN.password not in str(raised.value)


def test_rounds_without_end_are_not_computed(start_stand_in, monkeypatch):
    nonce = b"A" * 24
    monkeypatch.setattr(os, "urandom", lambda _: bytes(18))
    challenge = demand(11, b"r=" + nonce + b"x,s=AAAA,i=2000000000")
    with pytest.raises(ValueError, match="at most 200000 rounds"):
        Check().read(start_stand_in([SCRAM], [challenge]), LOGIN, 1.0)


def test_nobody_listens(free_port):
    with pytest.raises(ConnectionRefusedError):
        Check().read(Server("127.0.0.1", free_port()), LOGIN, 1.0)


def test_without_a_user_nobody_is_asked():
    with pytest.raises(DeniedError, match="expected user:"):
        Check().read(Server("127.0.0.1", 1), Login(), 1.0)


@pytest.mark.integration
@pytest.mark.parametrize("method", ["scram-sha-256", "md5"])
def test_passwords(newest, method):
    newest.call(f"SET password_encryption = '{method}'", "CREATE ROLE guest LOGIN PASSWORD 'sesame-1'")
    try:
        for login in (Login("guest"), Login("guest", "wrong-1"), Login("nobody", "sesame-1")):
            with pytest.raises(DeniedError) as denied:
                newest.page(login)
            assert "-1" not in str(denied.value)
        assert "pg_up 1\n" in newest.page(Login("guest", "sesame-1"))
    finally:
        newest.call("DROP ROLE guest")


@pytest.mark.integration
def test_a_frozen_server_is_too_late_and_comes_back(servers_of):
    server = servers_of("newest").start()
    os.kill(server.process.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        server.page(timeout_seconds=0.3)
    os.kill(server.process.pid, signal.SIGCONT)
    assert "pg_up 1\n" in server.page()


@pytest.mark.integration
def test_a_locked_table_costs_its_own_metrics_only(newest):
    with newest.connect() as holder:
        holder.ask(["BEGIN", "LOCK TABLE goods IN ACCESS EXCLUSIVE MODE"])
        page = newest.page(timeout_seconds=1.0)
    assert 'pg_scrape_collector_success{collector="stat_user_tables"} 0\n' in page
    assert 'pg_scrape_collector_success{collector="statio_user_tables"} 1\n' in page
    assert "pg_stat_database_xact_commit{" in page
    assert "pg_stat_user_tables_n_live_tup{" in newest.page()


def page_or_none(server, login):
    try:
        return server.page(login)
    except ConnectionRefusedError:
        return None


def refusals(server):
    log = (server.data.parent / f"{server.port}.log").read_text()
    return log.count("permission denied for function pg_ls_waldir")


@pytest.mark.integration
def test_what_is_forbidden_is_not_asked_again(newest):
    newest.call("CREATE ROLE guest LOGIN PASSWORD 'sesame-1'")
    try:
        login = Login("guest", "sesame-1")
        newest.check = Check()
        before = refusals(newest)
        page = newest.page(login)
        assert 'pg_scrape_collector_success{collector="wal"} 0\n' in page
        assert 'pg_scrape_collector_success{collector="locks"} 1\n' in page
        assert newest.page(login).count("# TYPE") == page.count("# TYPE")
        assert refusals(newest) == before + 1
    finally:
        newest.call("DROP ROLE guest")
        newest.check = Check()


@pytest.mark.integration
def test_a_server_without_room_is_unreachable(servers_of, wait_until):
    server = servers_of("newest").start(max_connections="5", superuser_reserved_connections="1",
                                        reserved_connections="1", max_wal_senders="2")  # fmt: skip
    server.call("CREATE ROLE guest LOGIN PASSWORD 'sesame-1'", "CREATE ROLE vigie LOGIN PASSWORD 'sesame-1'",
                "GRANT pg_monitor, pg_use_reserved_connections TO vigie")  # fmt: skip
    guest, ours = Login("guest", "sesame-1"), Login("vigie", "sesame-1")
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(server.connect(guest))
        with pytest.raises(ConnectionRefusedError, match="reserved"):
            server.page(guest)
        # The one that was turned away takes a moment to go.
        page = wait_until(lambda: page_or_none(server, ours), what="our own place")
        assert 'pg_stat_database_numbackends{datid="5",datname="postgres"} 4\n' in page


@pytest.mark.integration
def test_the_statement_that_fails_is_told(newest):
    with pytest.raises(StatementError, match="42P01"):
        newest.call("SELECT * FROM nowhere")
