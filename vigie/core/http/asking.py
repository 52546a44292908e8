"""Asks one server over HTTP: no redirects, nothing from the environment, bounded in time and size."""

import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import msgspec
import requests

from vigie.core.http.fetch_failure import Trouble, of_request, of_status
from vigie.core.http.session import private_session

MAX_BYTES = 128 * 2**20  # the targets of ten thousand hosts are a tenth of it
PIECE_BYTES = 65536


class TroubleError(Exception):
    """A read failed; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.kind)
        self.trouble = trouble


class Secrets(NamedTuple):
    """How we sign in and whom we believe; all optional."""

    headers: Mapping[str, str] = {}
    login: tuple[str, str] | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


class Server:
    """One server at a URL, whose credentials are never shown; for one thread."""

    def __init__(self, url: str, timeout_seconds: float, secrets: Secrets = Secrets()) -> None:  # noqa: B008 - frozen
        self.url = url.rstrip("/")
        self.timeout_seconds = timeout_seconds
        self._session = private_session(secrets.ca_file, secrets.cert_file, secrets.key_file)
        self._session.headers.update(secrets.headers)
        self._session.auth = secrets.login

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._session.close()

    def get(self, path: str, **params: str) -> bytes:
        """Return the body of an answer with status 200; raise TroubleError."""
        deadline = time.monotonic() + 3 * self.timeout_seconds  # of the whole answer; the timeout is for each piece
        try:
            with self._session.get(
                self.url + path, params=params, timeout=self.timeout_seconds, allow_redirects=False, stream=True
            ) as answer:
                body = _body(answer, deadline)
        except requests.RequestException as error:
            raise TroubleError(of_request(error)) from error
        except (UnicodeError, ssl.SSLError, OSError) as error:  # a host that is no name, a CA file that is none
            raise TroubleError(Trouble("answer", type(error).__name__)) from error
        if answer.status_code == 400 and b"HTTPS server" in body:
            raise TroubleError(Trouble("encrypted"))
        if answer.status_code != requests.codes.ok:
            raise TroubleError(of_status(answer.status_code, body.decode(errors="replace")))
        return body

    def json(self, path: str, **params: str) -> Any:
        """Return the JSON of an answer; raise TroubleError."""
        body = self.get(path, **params)
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise TroubleError(Trouble("answer", f"{path} is not JSON")) from error


def shown(url: str) -> str:
    """Return a URL as people may see it: without credentials, query and fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def _body(answer: requests.Response, deadline: float) -> bytes:
    """Return the body; raise TroubleError when it is endless in size or time."""
    pieces, size = [], 0
    for piece in answer.iter_content(PIECE_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise TroubleError(Trouble("size", f"more than {MAX_BYTES // 2**20} MiB"))
        if time.monotonic() > deadline:
            raise TroubleError(Trouble("silent"))
    return b"".join(pieces)
