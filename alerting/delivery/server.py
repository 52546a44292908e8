"""One Prometheus or Alertmanager as rule and route delivery see it: requests, and samples of its own metrics."""

import re
from types import TracebackType
from typing import Any, ClassVar, Self

from vigie.core.errors import ProblemError
from vigie.core.http.client import Answer, HttpClient, Request, patient_for
from vigie.core.http.fetch_failure import FetchError
from vigie.core.settings import ServerAccess


class Server:
    """One server at one address."""

    hints: ClassVar[dict[int, str]] = {}  # what to do about a status, in parentheses

    def __init__(self, access: ServerAccess, timeout_seconds: float, url: str | None = None) -> None:
        """Take how the server is reached, and at which of its addresses (None: the first)."""
        self._client = HttpClient(access, patient_for(timeout_seconds), [url] if url else access.url[:1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def product(self) -> str:
        """What the server is called in messages."""
        return self._client.access.server

    @property
    def name(self) -> str:
        """The server's address as people may see it, without the credentials that a URL can hold."""
        return self._client.name

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Return the answer with status 200; `body` goes as JSON.

        Raises TransientError when trying again may help, else ProblemError.
        """
        try:
            return self._client.request(Request(method, path, body=body, is_safe=method == "GET"))
        except FetchError as error:
            hint = self.hints.get(error.failure.status)
            if hint:
                raise ProblemError(f"{error} {hint}") from error
            raise

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON that the server answers; raises as `ask` does, ProblemError when it is something else."""
        return self._client.request_json(Request(method, path, body=body, is_safe=method == "GET"))

    def sample(self, text: str, name: str) -> float:
        """Return the value of a metric without labels on a page; raises ProblemError when it is not there."""
        match = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        if match is None:
            raise ProblemError(f"{self.name} shows no {name} on /metrics: is it a {self.product} server?")
        return float(match[1])
