"""Asks one of the servers that the console reads, the next of its addresses when one does not answer."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from vigie.core.errors import ProblemError
from vigie.core.http.session import private_session

LONGEST_REASON = 300
LARGEST_BYTES, CHUNK_BYTES = 32 << 20, 1 << 16
GONE = frozenset({502, 503, 504})  # this address is there and can't answer; another may


class SourceError(ProblemError):
    """A source did not give what was asked for; the text has no address with a password in it."""


class Upstream:
    """A server with one or more addresses; usable from many threads, each with connections of its own."""

    def __init__(self, product: str, urls: Sequence[str], timeout_seconds: float) -> None:
        self.product = product
        self._urls = [url.rstrip("/") for url in urls]
        self._timeout_seconds = timeout_seconds
        self._first = 0  # the address that answered last
        self._of_thread = threading.local()
        self._sessions: list[requests.Session] = []

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> bytes:
        """Return the body of an answer with status 200; raise SourceError."""
        return self._ask("GET", path, params=parameters)

    def post_form(self, path: str, form: Mapping[str, str]) -> bytes:
        """Return the body of the answer to a question that is too long for a URL; raise SourceError."""
        return self._ask("POST", path, data=form)

    def send(self, method: str, path: str, body: Any = None) -> bytes:
        """Change something there, once even when the answer is lost; return the body; raise SourceError."""
        return self._ask(method, path, json=body, is_safe=False)

    def close(self) -> None:
        """Close all connections; nobody asks any more."""
        for session in self._sessions:
            session.close()

    def _ask(self, method: str, path: str, *, is_safe: bool = True, **more: Any) -> bytes:
        failure = SourceError(f"{self.product} has no address: set one")
        for offset in range(len(self._urls)):
            index = (self._first + offset) % len(self._urls)
            try:
                body = self._once(method, self._urls[index], path, more)
            except _UnreachableError as error:
                failure = SourceError(str(error))
                if not is_safe and not isinstance(error.__cause__, requests.ConnectionError):
                    raise failure from error
                continue
            self._first = index
            return body
        raise failure

    def _once(self, method: str, url: str, path: str, more: Mapping[str, Any]) -> bytes:
        name = f"{self.product} at {urlsplit(url).netloc.rpartition('@')[2]}"
        try:
            answer = self._session().request(
                method, url + path, timeout=self._timeout_seconds, allow_redirects=False, stream=True, **more
            )
            body = _body(answer)
        except requests.RequestException as error:
            raise _UnreachableError(f"{name} does not answer ({_kind(error)})") from error
        if answer.status_code in GONE:
            raise _UnreachableError(f"{name} answered {answer.status_code}")
        if answer.status_code != requests.codes.ok:
            reason = body[:LONGEST_REASON].decode(errors="replace").strip()
            raise SourceError(f"{name} answered {answer.status_code}: {reason}")
        return body

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = private_session()
            self._of_thread.session = session
            self._sessions.append(session)
        return session


class _UnreachableError(Exception):
    """One address can't be had; another one may."""


def _body(answer: requests.Response) -> bytes:
    """Return the whole body; raise SourceError for one that would take the memory of everybody else."""
    parts, size = [], 0
    for part in answer.iter_content(CHUNK_BYTES):
        size += len(part)
        if size > LARGEST_BYTES:
            answer.close()
            raise SourceError(f"the answer is larger than {LARGEST_BYTES >> 20} MiB: ask for less")
        parts.append(part)
    return b"".join(parts)


def _kind(error: requests.RequestException) -> str:
    return "timeout" if isinstance(error, requests.Timeout) else "no connection"
