"""The little that rule delivery needs of one Prometheus server: reload, and what came of it."""

import re
from pathlib import PurePosixPath
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import requests

from vigie.engine.model import TransientError
from vigie.errors import ProblemError

SUCCESSFUL = "prometheus_config_last_reload_successful"
SUCCESS_TIMESTAMP = "prometheus_config_last_reload_success_timestamp_seconds"
BUSY = frozenset({429, 502, 503, 504})  # 503 is what Prometheus says until it has read its log


class Reload(NamedTuple):
    """Whether the last reload succeeded, and when the last successful one was, in seconds since 1970."""

    successful: bool
    success_timestamp_seconds: float


class Prometheus:
    """One Prometheus server, reached with requests that follow no redirect and no proxy of the environment."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.url = url.rstrip("/")
        self.timeout_seconds = timeout_seconds
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._session.close()

    @property
    def name(self) -> str:
        """The server as people may see it: without the credentials that a URL can hold."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def reload(self) -> None:
        """Make Prometheus read its files again; raise ProblemError with its own words when it refuses."""
        self._ask("POST", "/-/reload")

    def last_reload(self) -> Reload:
        """Return what Prometheus says of its last reload."""
        text = self._ask("GET", "/metrics").text
        return Reload(_sample(text, SUCCESSFUL, self.name) == 1, _sample(text, SUCCESS_TIMESTAMP, self.name))

    def loaded_files(self) -> frozenset[str]:
        """Return the names, without folder, of the rule files that have a group loaded."""
        try:
            groups = self._ask("GET", "/api/v1/rules").json()["data"]["groups"]
            return frozenset(PurePosixPath(group["file"]).name for group in groups)
        except (ValueError, KeyError, TypeError) as error:
            raise ProblemError(f"Prometheus at {self.name} answered /api/v1/rules with something else") from error

    def _ask(self, method: str, path: str) -> requests.Response:
        try:
            answer = self._session.request(method, self.url + path, timeout=self.timeout_seconds, allow_redirects=False)
        except requests.RequestException as error:
            reason = type(error).__name__  # the text would show the URL with its credentials
            raise TransientError(f"Prometheus at {self.name} can't be reached for {path}: {reason}") from error
        if answer.status_code in BUSY:
            raise TransientError(f"Prometheus at {self.name} answered {path} with {answer.status_code}")
        if answer.status_code != requests.codes.ok:
            words = f"Prometheus at {self.name} answered {path} with {answer.status_code}: {answer.text.strip()[:500]}"
            hint = " (start it with --web.enable-lifecycle)" if answer.status_code == requests.codes.forbidden else ""
            raise ProblemError(words + hint)
        return answer


def _sample(text: str, name: str, server: str) -> float:
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    if found is None:
        raise ProblemError(f"{server} shows no {name} on /metrics: is it a Prometheus server?")
    return float(found[1])
