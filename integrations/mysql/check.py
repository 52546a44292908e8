"""The check of MariaDB and MySQL: what mysqld_exporter tells by default, under its names.

A statement that fails costs its own metrics only. One that is forbidden is not sent again as long as the server runs.
"""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import ClassVar, NamedTuple

from exporter.base.check import DeniedError, Login, Server
from exporter.exposition.text import Family, Memo, Sample, Sheet, number, render
from exporter.parsing.items import skip
from integrations.mysql.protocol import Answer, Connection, StatementError
from integrations.mysql.replication import (
    COMPRESSED,
    COMPRESSED_MEMORY,
    read_compressed,
    read_compressed_memory,
    read_replicas,
    replica_statement,
)
from integrations.mysql.status import STATUS, read_status
from integrations.mysql.values import value_of
from integrations.mysql.variables import VARIABLES, fingerprint, read_variables

UP = Family("mysql_up", "gauge", "Whether the server answered.")
SUCCESS = Family(
    "mysql_exporter_collector_success", "gauge", "Whether a part of the check got its answer.", ("collector",)
)
DURATION = Family(
    "mysql_exporter_collector_duration_seconds", "gauge", "How long a part of the check took.", ("collector",)
)


# Errors that come again each time, and that the server counts as denied access.
FORBIDDEN = frozenset({1044, 1045, 1142, 1143, 1227})


class Part(NamedTuple):
    """One statement, as the exporter calls what gives its metrics."""

    collector: str
    statement: str
    read: Callable[[Answer], Iterator[Sample]]


class Check:
    """Asks one server; keeps which statements it refused."""

    denied_retry_seconds: ClassVar[float] = 30.0

    def __init__(self) -> None:
        self._refused: dict[str, StatementError] = {}
        self._uptime, self._user = 0.0, ""
        self._variables, self._status = Memo(), Sheet()

    def page_when_down(self) -> bytes:
        """Return `mysql_up 0`."""
        return render([Sample(UP, 0)])

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:
        """Return the page; raises as `exporter.base.check.Check` says."""
        if not login.user:
            raise DeniedError("MySQL needs a user: expected user: and password_file: in a file of integrations.d")
        if login.user != self._user:  # who may have other rights
            self._refused, self._user = {}, login.user
        began = monotonic()
        samples, pages = [Sample(UP, 1)], []
        with Connection(server, login, timeout_seconds) as connection:
            samples.append(Sample(DURATION, monotonic() - began, ("connection",)))
            for part in _parts(connection.version):
                page, ends = self._part(connection, part)
                pages.append(page)
                samples += ends
            connection.leave()
        return render(samples) + b"".join(pages)

    def _part(self, connection: Connection, part: Part) -> tuple[bytes, list[Sample]]:
        began = monotonic()
        answer = self._ask(connection, part.statement)
        name = (f"collect.{part.collector}",)
        ends = [Sample(SUCCESS, int(isinstance(answer, Answer)), name), Sample(DURATION, monotonic() - began, name)]
        if isinstance(answer, StatementError):
            skip(part.collector, str(answer))
            return b"", ends
        if part.statement == STATUS:
            self._forget_after_restart(answer)
            return self._render_status(list(part.read(answer))), ends
        if part.statement == VARIABLES:  # hardly ever another one
            return self._variables.get(fingerprint(answer), lambda: part.read(answer)), ends
        return render(part.read(answer)), ends

    def _render_status(self, samples: list[Sample]) -> bytes:
        """Return the page of what has the same series each time, at a fraction of the cost."""
        series = [(sample.family, sample.labels) for sample in samples]
        return self._status.render(series, [number(sample.value).encode() for sample in samples])

    def _ask(self, connection: Connection, statement: str) -> Answer | StatementError:
        if statement not in self._refused:
            try:
                return connection.ask(statement)
            except StatementError as error:
                if error.code in FORBIDDEN:
                    self._refused[statement] = error
                return error
        return self._refused[statement]

    def _forget_after_restart(self, status: Answer) -> None:
        uptime = next((value_of(text) for name, text, *_ in status.rows if name == b"Uptime"), None) or 0.0
        if uptime < self._uptime:
            self._refused = {}
        self._uptime = uptime


def _parts(version: str) -> tuple[Part, ...]:
    return (
        Part("global_status", STATUS, read_status),
        Part("global_variables", VARIABLES, read_variables),
        Part("slave_status", replica_statement(version), read_replicas),
        Part("info_schema.innodb_cmp", COMPRESSED, read_compressed),
        Part("info_schema.innodb_cmpmem", COMPRESSED_MEMORY, read_compressed_memory),
    )
