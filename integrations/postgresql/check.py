"""The check of PostgreSQL: what postgres_exporter tells by default, and what its users switch on, under its names.

All statements go in one round trip, and each is refused alone: a locked table costs its own metrics only. What the
server does not let us read, or does not know, is not sent again as long as it runs, for it logs each such error.
"""

from collections.abc import Iterator, Sequence
from time import monotonic
from typing import ClassVar

from exporter.base.check import DeniedError, Login, Server
from exporter.exposition.text import Family, Memo, Sample, render
from exporter.parsing.items import skip
from integrations.postgresql import database_statements, server_statements
from integrations.postgresql.authentication import Authentication
from integrations.postgresql.protocol import Answer, Connection, StatementError
from integrations.postgresql.statements import Statement
from integrations.postgresql.values import SETTINGS, read_settings, read_values

UP = Family("pg_up", "gauge", "Whether the server answered.")
SCRAPE_ERROR = Family("pg_exporter_last_scrape_error", "gauge", "Whether the last check failed.")
SCRAPE_SECONDS = Family("pg_exporter_last_scrape_duration_seconds", "gauge", "How long the last check took.")
SUCCESS = Family("pg_scrape_collector_success", "gauge", "Whether a part of the check got its answer.", ("collector",))
DURATION = Family("pg_scrape_collector_duration_seconds", "gauge", "How long a part of the check took.", ("collector",))
STATEMENTS = (*server_statements.STATEMENTS, *database_statements.STATEMENTS)
# It asks nothing of the schemas of users, waits for no lock for long, and leaves nothing running behind.
SET_UP = (
    "SET search_path = pg_catalog; SET jit = off; SET lock_timeout = '{lock_ms}ms'; SET statement_timeout = '{ms}ms'"
)
LOCK_SHARE = 0.2  # of the time that a check has
LASTING = "42"  # the class of SQLSTATE for what is unknown or forbidden
STARTED = next(statement for statement in STATEMENTS if statement.name == "postmaster").sql


class Check:
    """Asks one server; keeps which statements it refused, and what is costly to make of the password."""

    denied_retry_seconds: ClassVar[float] = 30.0

    def __init__(self) -> None:
        self._refused: dict[str, StatementError] = {}
        self._started, self._user = b"", ""
        self._keys: dict[tuple[str, bytes, int], bytes] = {}
        self._settings = Memo()

    def page_when_down(self) -> bytes:
        """Return `pg_up 0`."""
        return render([Sample(UP, 0)])

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:
        """Return the page; raises as `exporter.base.check.Check` says."""
        began = monotonic()
        if not login.user:
            raise DeniedError("PostgreSQL needs a user: expected user: and password_file: in a file of integrations.d")
        if login.user != self._user:  # who may have other rights
            self._refused, self._user = {}, login.user
        with Connection(server, login, Authentication(self._keys), timeout_seconds) as connection:
            statements = _fitting(connection.parameters.get("server_version", ""))
            answers = self._ask(connection, [statement.sql for statement in statements], timeout_seconds)
            connection.leave()
        address = f"{server.host}:{server.port}"
        settings = answers.get(SETTINGS)
        text = b""
        if isinstance(settings, Answer):
            text = self._settings.get((settings.data, address), lambda: read_settings(settings, address))
        samples = [*self._samples(statements, answers, address), *self._parts(statements, answers, began)]
        samples += [Sample(UP, 1), Sample(SCRAPE_ERROR, 0), Sample(SCRAPE_SECONDS, monotonic() - began)]
        return render(samples) + text

    def _ask(
        self, connection: Connection, statements: Sequence[str], timeout_seconds: float
    ) -> dict[str, Answer | StatementError]:
        lock_ms, ms = int(timeout_seconds * LOCK_SHARE * 1000), int(timeout_seconds * 1000)
        set_up = SET_UP.format(lock_ms=max(1, lock_ms), ms=max(1, ms))
        # The settings come first, as they are without ours.
        wanted = [SETTINGS, set_up, *(text for text in statements if text not in self._refused)]
        answers = dict(zip(wanted, connection.ask(wanted), strict=True))
        started = answers.get(STARTED)
        if isinstance(started, Answer) and started.data != self._started:  # another one: it may be a newer version
            self._refused, self._started = {}, started.data
        for text, answer in answers.items():
            if isinstance(answer, StatementError) and answer.code.startswith(LASTING):
                self._refused[text] = answer
        return answers | self._refused

    def _samples(
        self, statements: Sequence[Statement], answers: dict[str, Answer | StatementError], address: str
    ) -> Iterator[Sample]:
        for statement in statements:
            answer = answers.get(statement.sql)
            if isinstance(answer, Answer):
                yield from read_values(statement, answer, address)
            else:
                skip(statement.name, str(answer))

    @staticmethod
    def _parts(
        statements: Sequence[Statement], answers: dict[str, Answer | StatementError], began: float
    ) -> Iterator[Sample]:
        """Yield how each part fared, as the exporter does for what it calls a collector."""
        failed = {part.collector for part in statements if not isinstance(answers.get(part.sql), Answer)}
        ends = {part.sql: answer.when for part in statements if isinstance(answer := answers.get(part.sql), Answer)}
        seconds: dict[str, float] = {}
        for part in statements:
            end = ends.get(part.sql, began)
            seconds[part.collector] = seconds.get(part.collector, 0) + max(0.0, end - began)
            began = max(began, end)
        for collector, spent in seconds.items():
            if collector:
                yield Sample(SUCCESS, int(collector not in failed), (collector,))
                yield Sample(DURATION, spent, (collector,))


def _fitting(version: str) -> tuple[Statement, ...]:
    """Return the statements for a version such as `18.6 (Debian 18.6-3)`; an unknown one gets the newest."""
    text = version.partition(".")[0]
    major = int(text) if text.isdecimal() else max(statement.since for statement in STATEMENTS)
    return tuple(statement for statement in STATEMENTS if statement.since <= major < statement.until)
