"""Asks one server once, as the exporter or Prometheus would, and says what came of it."""

import re
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from exporter.base.check import Server
from exporter.integrations.checks import Checks, Outcome, State
from exporter.integrations.targets import CheckTarget, LoginFile
from vigie.core.errors import ProblemError
from vigie.core.http.kept_alive import FAILURES, KeptAliveConnection, Response
from vigie.core.http.secrets import auth_headers
from vigie.core.settings import Credentials

if TYPE_CHECKING:
    from vigie.core.integrations.catalogue import Integration

OK = 200
REFUSED = frozenset({401, 403})
# The lines that Prometheus' text format has: comments, and series with a value.
LINE = re.compile(rb"#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? +[^ ].*|")
SERIES = re.compile(rb"^([a-zA-Z_:][a-zA-Z0-9_:]*)[{ ]", re.MULTILINE)


class Trial(NamedTuple):
    """What one try gave, and how long it took."""

    outcome: Outcome
    seconds: float

    @property
    def series_names(self) -> tuple[str, ...]:
        """The name of each series on the page."""
        return tuple(name.decode() for name in SERIES.findall(self.outcome.page))


def try_server(integration: "Integration", server: Server, login: LoginFile, timeout_seconds: float) -> Trial:
    """Return what the server gives now; what it refuses is an outcome, not an error."""
    began = monotonic()
    if integration.manifest.check is not None:
        target = CheckTarget(integration.manifest.name, integration, server, login)
        outcome = Checks(lambda: {target.name: target}, timeout_seconds, 1).try_once(target.name)
    else:
        outcome = _fetch(integration, server, login, timeout_seconds)
    return Trial(outcome, monotonic() - began)


def _fetch(integration: "Integration", server: Server, login: LoginFile, timeout_seconds: float) -> Outcome:
    endpoint = integration.manifest.endpoint
    assert endpoint is not None, "a manifest has a check or an endpoint"
    host = f"[{server.host}]" if ":" in server.host else server.host
    credentials = Credentials(user=login.user or None, password_file=login.password_file)
    connection = KeptAliveConnection(f"{endpoint.scheme}://{host}:{server.port}", credentials, timeout_seconds)
    try:
        return _judge(connection.get(endpoint.path, auth_headers(credentials), timeout_seconds), endpoint.path)
    except ProblemError as error:
        return Outcome(b"", "denied", str(error))
    except TimeoutError:
        return Outcome(b"", "timeout", f"no answer in {timeout_seconds:g} s")
    except FAILURES as error:
        state: State = "unreachable" if isinstance(error, OSError) else "invalid"
        return Outcome(b"", state, f"{type(error).__name__}: {error}"[:300])
    finally:
        connection.close()


def _judge(answer: Response, path: str) -> Outcome:
    if answer.status != OK:
        state: State = "denied" if answer.status in REFUSED else "invalid"
        return Outcome(b"", state, f"{path}: status {answer.status}")
    wrong = next((line for line in answer.body.splitlines() if not LINE.fullmatch(line.strip())), None)
    if wrong is not None or not SERIES.search(answer.body):
        got = (wrong or answer.body)[:80]
        return Outcome(b"", "invalid", f"{path}: expected Prometheus' text format, got {got!r}")
    return Outcome(answer.body, "ok")
