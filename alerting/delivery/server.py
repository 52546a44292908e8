"""Asks one server of ours over HTTP, and tells a failure that may pass from one that won't."""

import re
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import requests

from vigie.core.errors import ProblemError, TransientError
from vigie.core.http.session import private_session

BUSY = frozenset({429, 502, 503, 504})  # 503 is what Prometheus says until it has read its log


class Server:
    """One server, reached with requests that follow no redirect and no proxy of the environment."""

    product: ClassVar[str]
    hints: ClassVar[dict[int, str]] = {}  # what to do about a status, in parentheses

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.url = url.rstrip("/")
        self.timeout_seconds = timeout_seconds
        self._session = private_session()

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

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Return the answer with status 200; `body` goes as JSON.

        Raises TransientError when trying again may help, else ProblemError.
        """
        try:
            answer = self._session.request(
                method, self.url + path, json=body, timeout=self.timeout_seconds, allow_redirects=False
            )
        except requests.RequestException as error:
            reason = type(error).__name__  # the text would show the URL with its credentials
            raise TransientError(f"{self.product} at {self.name} can't be reached for {path}: {reason}") from error
        if answer.status_code in BUSY:
            raise TransientError(f"{self.product} at {self.name} answered {path} with {answer.status_code}")
        if answer.status_code != requests.codes.ok:
            text = answer.text.strip()[:500]
            words = f"{self.product} at {self.name} answered {path} with {answer.status_code}: {text}"
            raise ProblemError(words + self.hints.get(answer.status_code, ""))
        return answer

    def sample(self, text: str, name: str) -> float:
        """Return the value of a metric without labels on a page; raises ProblemError when it is not there."""
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        if found is None:
            raise ProblemError(f"{self.name} shows no {name} on /metrics: is it a {self.product} server?")
        return float(found[1])
