"""`setup.md`, as it is written: its commands are sent to real servers, and undone."""

import re

import pytest

from exporter.base.check import DeniedError, Login
from integrations.postgresql.check import Check
from integrations.postgresql.protocol import StatementError
from tests.integrations.setup_pages import commands

pytestmark = pytest.mark.integration
LOGIN = Login("vigie", "PASSWORD")
TYPE = re.compile(r"^# TYPE (\S+)", re.MULTILINE)
SUCCESS = re.compile(r'^pg_scrape_collector_success\{collector="(\w+)"\} 0', re.MULTILINE)


def statements(section, index=0):
    """Return what each `psql … -c '…'` in a block of a section of the page sends."""
    return [words[words.index("-c") + 1] for words in commands("postgresql", section)[index]]


def metrics(server, login):
    """Return the metrics that a check gives which has not been refused anything yet."""
    server.check = Check()
    page = server.page(login)
    assert SUCCESS.findall(page) == []
    return set(TYPE.findall(page))


def test_the_user_may_look_change_nothing_and_is_taken_away_again(pair, wait_until):
    primary, replica = pair
    with pytest.raises(DeniedError):
        primary.page(LOGIN)
    try:
        primary.call(*statements("A user that may only look"))
        wait_until(lambda: replica.call("SELECT 1 FROM pg_roles WHERE rolname = 'vigie'"), what="the user there")
        for server in pair:
            assert metrics(server, LOGIN) == metrics(server, server.superuser)
        for statement in ("SELECT * FROM goods", "DELETE FROM goods", "CREATE ROLE other", "SELECT pg_reload_conf()",
                          "ALTER SYSTEM SET work_mem = '1MB'", "SELECT pg_read_file('postgresql.conf')"):  # fmt: skip
            with pytest.raises(StatementError, match="42501"):
                primary.call(statement, login=LOGIN)
    finally:
        primary.call(*statements("How to undo it"))
    with pytest.raises(DeniedError):
        primary.page(LOGIN)


def test_reserved_connections(newest):
    newest.call(*statements("A user that may only look"))
    newest.call(*statements("A user that may only look", 1))
    newest.call(*statements("How to undo it"))


def test_another_database(newest):
    newest.call("CREATE DATABASE shop")
    login = newest.superuser._replace(database="shop")
    newest.call("CREATE TABLE orders (id int)", login=login)
    assert 'pg_stat_user_tables_n_live_tup{datname="shop",schemaname="public",relname="orders"} 0\n' in newest.page(
        login
    )
    newest.call("DROP DATABASE shop WITH (FORCE)")
