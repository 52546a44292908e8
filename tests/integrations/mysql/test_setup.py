"""`setup.md`, as it is written: its commands are sent to real servers, and undone."""

import re

import pytest

from exporter.base.check import DeniedError, Login
from integrations.mysql.check import Check
from integrations.mysql.protocol import StatementError
from tests.integrations.setup_pages import commands

pytestmark = pytest.mark.integration
LOGIN = Login("vigie", "PASSWORD")
TYPE = re.compile(r"^# TYPE (\S+)", re.MULTILINE)
FAILED = re.compile(r'^mysql_exporter_collector_success\{collector="(\S+)"\} 0', re.MULTILINE)


def statements(section, index=0):
    """Return what each `mariadb -e '…'` or `mysql -e '…'` in a block of a section of the page sends."""
    return [words[words.index("-e") + 1] for words in commands("mysql", section)[index]]


def metrics(server, login):
    """Return the metrics that a check gives which has not been refused anything yet."""
    server.check = Check()
    page = server.page(login)
    assert FAILED.findall(page) == []
    return set(TYPE.findall(page))


def test_the_user_may_look_change_nothing_and_is_taken_away_again(pair, wait_until):
    source, replica = pair
    with pytest.raises(DeniedError):
        source.page(LOGIN)
    try:
        source.call(*statements("A user that may only look", int(source.programs.kind.is_mysql)))
        wait_until(lambda: replica.call("SELECT 1 FROM mysql.user WHERE user = 'vigie'"), what="the user there")
        for server in pair:
            assert metrics(server, LOGIN) == metrics(server, server.superuser)
        for statement in ("SELECT * FROM shop.goods", "DELETE FROM shop.goods", "CREATE USER other@'%'",
                          "SET GLOBAL max_connections = 5", "SHUTDOWN", "SELECT * FROM mysql.user"):  # fmt: skip
            with pytest.raises(StatementError, match=r"(?i)denied|privilege"):
                source.call(statement, login=LOGIN)
    finally:
        source.call(*statements("How to undo it"))
    with pytest.raises(DeniedError):
        source.page(LOGIN)
