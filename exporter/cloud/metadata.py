"""A client of the metadata service on the link-local address: no proxy, no redirect, every answer bounded."""

import http.client
from collections.abc import Mapping
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

T = TypeVar("T")
TIMEOUT_SECONDS = 2.0
BODY_BYTES = 262144  # the largest value that Google takes for one piece of metadata


class MetadataError(OSError):
    """The metadata service is away, or answers otherwise than its documentation says."""


class Answer(NamedTuple):
    """What the service answered; header names are in lower case."""

    status: int
    text: str
    headers: Mapping[str, str]


class Metadata:
    """Speaks to the service at `base_url` over one kept connection; for one thread."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)

    def ask(self, path: str, headers: Mapping[str, str], method: str = "GET", wait_seconds: float = 0.0) -> Answer:
        """Return the answer, whatever its status; `wait_seconds` is how long the service may hold it back.

        Raises MetadataError when none comes.
        """
        is_kept = self._connection.sock is not None
        try:
            try:
                return self._ask(path, headers, method, wait_seconds)
            except ConnectionError:
                if not is_kept:
                    raise
            self.close()  # the service has closed it meanwhile
            return self._ask(path, headers, method, wait_seconds)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise MetadataError(f"{method} {path}: {type(error).__name__}: {error}") from error

    def _ask(self, path: str, headers: Mapping[str, str], method: str, wait_seconds: float) -> Answer:
        connection = self._connection
        connection.timeout = TIMEOUT_SECONDS + wait_seconds
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        connection.request(method, path, headers=dict(headers))
        response = connection.getresponse()
        body = response.read(BODY_BYTES + 1)
        if response.length or len(body) > BODY_BYTES:
            raise http.client.HTTPException(f"expected a whole answer of at most {BODY_BYTES} bytes")
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, body.decode("utf-8", "replace"), named)

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        self._connection.close()


def text_of(answer: Answer, path: str) -> str | None:
    """Return the answer's text, None when there is no such thing (404); raise MetadataError for other refusals."""
    if answer.status == http.client.NOT_FOUND:
        return None
    if answer.status != http.client.OK:
        raise MetadataError(f"{path}: expected 200 or 404, got {answer.status}")
    return answer.text


def parse(text: str | None, kind: type[T]) -> T:
    """Return JSON as `kind`; raise MetadataError when it is something else or nothing."""
    try:
        return msgspec.json.decode(text or "", type=kind)
    except msgspec.DecodeError as error:
        raise MetadataError(f"expected {kind.__name__}: {error}") from error
