"""Asks one server once, as the exporter or Prometheus would, and says what came of it."""

import re
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from exporter.base.check import Server
from exporter.integrations.checks import Checks, Outcome, State
from exporter.integrations.targets import CheckTarget, LoginFile
from vigie.core.http.client import HttpClient, Timeouts
from vigie.core.http.fetch_failure import FetchError, Kind
from vigie.core.http.secrets import SecretError, auth_headers
from vigie.core.settings import Credentials

if TYPE_CHECKING:
    from vigie.core.integrations.catalogue import Integration

MAX_BYTES = 64 * 2**20  # the page of a large cAdvisor is a tenth of it
# The state by why an endpoint can't be read; every other kind is `invalid`.
STATES: Mapping[Kind, State] = {
    "login": "denied",
    "forbidden": "denied",
    "timeout": "timeout",
    "silent": "timeout",
    "refused": "unreachable",
    "route": "unreachable",
    "closed": "unreachable",
    "name": "unreachable",
    "tls": "unreachable",
    "certificate": "unreachable",
    "plain": "unreachable",
}
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
    url, path = f"{server.scheme or endpoint.scheme}://{host}:{server.port}", server.path or endpoint.path
    credentials = Credentials(user=login.user or None, password_file=login.password_file)
    timeouts = Timeouts(timeout_seconds, timeout_seconds, timeout_seconds)
    with HttpClient(Credentials(), timeouts, (url,), MAX_BYTES) as client:
        try:
            return _judge(client.get(path, auth_headers(credentials)), path)
        except SecretError as error:
            return Outcome(b"", "denied", str(error))
        except FetchError as error:
            return Outcome(b"", STATES.get(error.failure.kind, "invalid"), str(error))


def _judge(page: bytes, path: str) -> Outcome:
    wrong = next((line for line in page.splitlines() if not LINE.fullmatch(line.strip())), None)
    if wrong is not None or not SERIES.search(page):
        got = (wrong or page)[:80]
        return Outcome(b"", "invalid", f"{path}: expected Prometheus' text format, got {got!r}")
    return Outcome(page, "ok")
