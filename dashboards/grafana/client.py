"""One Grafana, reached with grafana-client; its exceptions become ours, and its traps are closed here."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from vigie.core.deferred import Deferred
from vigie.core.errors import ProblemError, TransientError, UsageProblemError
from vigie.core.http.address import parse_address
from vigie.core.http.classify import classify_exception
from vigie.core.http.fetch_failure import FetchFailure, Kind, fetch_error
from vigie.core.http.secrets import check, read_login
from vigie.core.http.tls import check_tls_files
from vigie.core.settings import GrafanaAccess

NOT_FOUND = 404
FORBIDDEN = 403
CONFLICT = 409
CONCURRENT_READS = 8
PAGE_SIZE = 5000  # Grafana refuses more
TLS_SETTINGS: Mapping[Kind, str] = {"tls": "--grafana-ca-file", "certificate": "--grafana-cert-file"}
NAME_EXISTS = ".nameExists"  # how the id of a message ends where Grafana says 400 for the same
OTHER_TOOL = "alerting.provenanceMismatch"  # a conflict, too, but one that lasts
PASSING = frozenset({412, 429})  # changed by somebody else, too many requests; besides every 5xx
# Half of the start of `vigie provision`, of which only --grafana needs it.
library = Deferred("dashboards.grafana.library")


class Grafana:
    """A session with one Grafana. `api` is the library's; every call of it goes through `ask` or `find`."""

    def __init__(self, url: str, access: GrafanaAccess, timeout_seconds: float) -> None:
        """Take one of the addresses; the library is given what `access` says of TLS and signing in.

        Raises SecretError when a secret can't be read.
        """
        login = read_login(access)
        credential = login.token or ((login.user, login.password) if login.user else None)
        # Without the slash the library would build http://host/grafanaapi from http://host/grafana.
        self.api = library.GrafanaApi.from_url(url.rstrip("/") + "/", credential=credential, timeout=timeout_seconds)
        session = self.api.client.s
        session.trust_env = False
        # A redirect turns a POST into a GET that answers 200, and nothing would have been written.
        session.max_redirects = 0
        if access.ca_file:
            self.api.client.verify = str(access.ca_file)
        if access.cert_file:
            session.cert = (str(access.cert_file), str(access.key_file or access.cert_file))
        self.name = urlsplit(url).netloc.rpartition("@")[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the library has no close of its own."""
        self.api.client.s.close()

    def answers(self) -> bool:
        """Tell whether Grafana and its database are healthy; this needs no login."""
        try:
            return bool(self.ask(self.api.client.GET, "/health")["database"] == "ok")
        except (ProblemError, TypeError, KeyError):
            return False

    def find(self, call: Callable[..., Any], *arguments: Any) -> Any | None:
        """Return what a read answers, None when there is no such thing; raises as `ask` does."""
        try:
            return call(*arguments)
        except library.GrafanaClientError as error:
            if error.status_code == NOT_FOUND:
                return None
            raise self._explain(error) from error
        except (library.GrafanaException, OSError, ValueError) as error:
            raise self._explain(error) from error

    def find_all(self, call: Callable[..., Any], keys: Iterable[str]) -> dict[str, Any]:
        """Return what a read answers for each key that exists, a few at once; raises as `ask` does."""
        keys = list(keys)
        with ThreadPoolExecutor(CONCURRENT_READS) as pool:
            answers = list(pool.map(lambda key: self.find(call, key), keys))
        return {key: answer for key, answer in zip(keys, answers, strict=True) if answer is not None}

    def find_visible(self, call: Callable[..., Any], *arguments: Any) -> Any | None:
        """Return as `find` does, also None when we may not see it: below Admin, what is missing is forbidden, too."""
        try:
            return self.find(call, *arguments)
        except ProblemError as error:
            cause = error.__cause__
            if isinstance(cause, library.GrafanaClientError) and cause.status_code == FORBIDDEN:
                return None
            raise

    def search(self, kind: str) -> list[dict[str, Any]]:
        """Return what Grafana's search lists of all `dash-folder` or `dash-db`, page by page; raises as `ask` does."""
        entries: list[dict[str, Any]] = []
        while True:
            page = len(entries) // PAGE_SIZE + 1
            part = self.ask(self.api.search.search_dashboards, type_=kind, limit=PAGE_SIZE, page=page)
            entries += part
            if len(part) < PAGE_SIZE:
                return entries

    def ask(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Return what a call of `api` answers.

        Raises TransientError when the state should be read anew and the call tried again, else ProblemError.
        """
        try:
            return call(*arguments, **named)
        except (library.GrafanaException, OSError, ValueError) as error:  # a refused connection leaks as an OSError
            raise self._explain(error) from error

    def create(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Return what a call of `api` answers that makes something new; raises as `ask` does.

        When it is there already, another run has just made it: that is a TransientError, too.
        """
        try:
            return self.ask(call, *arguments, **named)
        except TransientError:
            raise
        except ProblemError as error:
            if _is_clash(error.__cause__):
                raise TransientError(str(error)) from error.__cause__
            raise

    def _explain(self, error: Exception) -> ProblemError:
        where = f"Grafana at {self.name}"
        if isinstance(error, library.TooManyRedirects):
            return ProblemError(f"{where} redirects elsewhere: give the URL at which it answers itself")
        if isinstance(error, library.UNREACHABLE):
            failure = classify_exception(error)
            if failure.kind in TLS_SETTINGS:
                return ProblemError(f"{failure.cause(where)}: set {TLS_SETTINGS[failure.kind]}")
            return fetch_error(FetchFailure("closed") if failure.kind == "answer" else failure, where)
        if not isinstance(error, library.GrafanaException):
            return ProblemError(f"{where} does not answer as Grafana's API does: {error}")
        sentence = f"{where} answered {error.status_code}: {_message(error.response)}"
        if error.status_code in PASSING or error.status_code >= 500:
            return TransientError(sentence)
        if error.status_code in {401, 403}:
            sentence += (
                " (VIGIE_GRAFANA_TOKEN is a service account's token; plan and drift need the role Viewer, boards and "
                "rules Editor, data sources Admin)"
            )
        return ProblemError(sentence)


def connect(access: GrafanaAccess, timeout_seconds: float) -> Grafana:
    """Return a session with a Grafana, of a pair with the first that answers; one alone is sent nothing yet.

    Raises UsageProblemError when there is no URL, one is none, or a secret or a file for TLS can't be read.
    """
    if not access.url:
        raise UsageProblemError("expected --grafana-url (or VIGIE_GRAFANA_URL), or `grafanas` in the configuration")
    check(access)
    check_tls_files(access)
    for url in access.url:
        parse_address(url, "grafana_url")
    for url in access.url[:-1]:
        grafana = Grafana(url, access, timeout_seconds)
        if grafana.answers():
            return grafana
        grafana.close()
    return Grafana(access.url[-1], access, timeout_seconds)


def _is_clash(error: BaseException | None) -> bool:
    """Tell whether Grafana refused to make something because it is there."""
    if not isinstance(error, library.GrafanaClientError):
        return False
    message_id = str(error.response.get("messageId", "")) if isinstance(error.response, dict) else ""
    return message_id.endswith(NAME_EXISTS) or (error.status_code == CONFLICT and message_id != OTHER_TOOL)


def _message(response: Any) -> str:
    text = response.get("message") if isinstance(response, dict) else response
    return str(text or "nothing more")[:500]
