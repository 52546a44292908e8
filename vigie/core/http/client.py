"""The HTTP client: one server at one or more addresses, bounded in time and size, every failure in one wording."""

import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec
import requests
import urllib3.exceptions

from vigie.core.errors import UsageProblemError
from vigie.core.http.address import Address, parse_address
from vigie.core.http.classify import classify_exception, classify_status
from vigie.core.http.fetch_failure import NEVER_SENT, FetchError, FetchFailure, fetch_error
from vigie.core.http.secrets import SecretError, auth_headers, basic_auth, check
from vigie.core.http.session import open_session
from vigie.core.http.tls import check_tls_files, refuses_certificate
from vigie.core.settings import Credentials, ServerAccess

MAX_BYTES = 128 * 2**20  # the targets of ten thousand hosts are a tenth of it
PIECE_BYTES = 65536
# At these statuses the address is there and can't answer; another one may.
ELSEWHERE_STATUSES = frozenset({502, 503, 504})
TOTAL_FACTOR = 3


class Timeouts(NamedTuple):
    """How many seconds a connection may take, each piece of the answer, and the whole request."""

    connect_seconds: float
    read_seconds: float
    total_seconds: float


def patient_for(seconds: float) -> Timeouts:
    """Return timeouts of `seconds` to connect and for each piece, and of three times as much for a whole answer."""
    return Timeouts(seconds, seconds, TOTAL_FACTOR * seconds)


class Answer(NamedTuple):
    """A server's answer with status 200."""

    body: bytes

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode(errors="replace")


class Request(NamedTuple):
    """What is asked: `body` goes as JSON, `form` as a form. A safe request may reach the server twice."""

    method: str
    path: str
    params: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = None
    body: Any = None
    headers: Mapping[str, str] | None = None
    is_safe: bool = False


class HttpClient:
    """One server, usable from many threads, each with connections of its own.

    A request goes to the address that answered last, and to the next one when that does not answer: always when the
    request is safe, else only when nothing of it was sent. No redirect is followed, and nothing is taken from the
    environment. Every method raises FetchError (PassingFetchError when trying again may help).
    """

    def __init__(
        self,
        access: Credentials,
        timeouts: Timeouts,
        urls: Sequence[str] | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Take how the server is reached; `urls` stand for `access.url`.

        Raises UsageProblemError for settings that can't work: no URL, unreadable files, half a login.
        """
        if urls is None:
            urls = access.url if isinstance(access, ServerAccess) else ()
        setting = f"{access.prefix}_url"
        if not urls:
            raise UsageProblemError(f"{setting}: expected at least one URL")
        check(access)
        check_tls_files(access)
        self.access = access
        self._addresses = [parse_address(url, setting) for url in urls]
        self._timeouts = timeouts
        self._max_bytes = max_bytes
        self._first = 0  # the address that answered last
        self._of_thread = threading.local()
        self._sessions: list[requests.Session] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        for session in self._sessions:
            session.close()

    @property
    def name(self) -> str:
        """The address that is asked first, as people may see it."""
        return self._addresses[self._first].name

    def get(self, path: str, headers: Mapping[str, str] | None = None, /, **params: str) -> bytes:
        """Return the body of the answer to a GET."""
        return self.request(Request("GET", path, params, headers=headers, is_safe=True)).body

    def get_json(self, path: str, /, **params: str) -> Any:
        """Return the JSON of the answer to a GET."""
        return self.request_json(Request("GET", path, params, is_safe=True))

    def post_form(self, path: str, form: Mapping[str, str]) -> bytes:
        """Return the body of the answer to a question that is too long for a URL."""
        return self.request(Request("POST", path, form=form, is_safe=True)).body

    def request_json(self, request: Request) -> Any:
        """Return the JSON of an answer."""
        body = self.request(request).body
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise self.unexpected(f"{request.path} is not JSON") from error

    def unexpected(self, detail: str) -> FetchError:
        """Return the error for an answer that was read and is not what it should be."""
        return fetch_error(FetchFailure("answer", detail), self._where(self._addresses[self._first]))

    def request(self, request: Request) -> Answer:
        """Return the answer with status 200 of the first address that gives one."""
        errors: list[FetchError] = []
        first = self._first  # another thread may change it meanwhile
        for offset in range(len(self._addresses)):
            index = (first + offset) % len(self._addresses)
            try:
                answer = self._request_at(self._addresses[index], request)
            except FetchError as error:
                errors.append(error)
                if not _may_go_elsewhere(error.failure, request):
                    break
                continue
            self._first = index
            return answer
        raise _join(errors)

    def _request_at(self, address: Address, request: Request) -> Answer:
        """Return the answer of one address."""
        deadline = time.monotonic() + self._timeouts.total_seconds
        where = self._where(address)
        try:
            answer, body = self._exchange(address, request, deadline)
        except SecretError as error:
            raise fetch_error(FetchFailure("secret", str(error)), where) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, zlib.error, UnicodeError, OSError) as error:
            raise fetch_error(self._explain(address, error), where) from error
        if answer.status_code != requests.codes.ok:
            failure = classify_status(answer.status_code, body.decode(errors="replace"))
            raise fetch_error(failure, f"{where}{request.path}")
        return Answer(body)

    def _exchange(self, address: Address, request: Request, deadline: float) -> tuple[requests.Response, bytes]:
        headers = {
            "Accept-Encoding": "gzip",
            **basic_auth(address.user, address.password),
            **auth_headers(self.access),
            **(request.headers or {}),
        }
        with self._session().request(
            request.method,
            address.url + request.path,
            params=request.params,
            data=request.form,
            json=request.body,
            headers=headers,
            timeout=(self._timeouts.connect_seconds, self._timeouts.read_seconds),
            allow_redirects=False,
            stream=True,
        ) as answer:
            return answer, self._read(answer, address, deadline)

    def _read(self, answer: requests.Response, address: Address, deadline: float) -> bytes:
        """Return the whole body; raise FetchError when it is endless in size or time."""
        pieces, size = [], 0
        unpack = unpacker(answer.headers.get("Content-Encoding", ""))
        # `read1` returns what has come: a server that sends a byte a second does not escape the deadline.
        while packed := answer.raw.read1(PIECE_BYTES, decode_content=False):
            piece = unpack(packed, self._max_bytes + 1)
            pieces.append(piece)
            size += len(piece)
            if size > self._max_bytes:
                raise fetch_error(FetchFailure("size", f"more than {self._max_bytes >> 20} MiB"), self._where(address))
            if time.monotonic() > deadline:
                raise fetch_error(FetchFailure("silent"), self._where(address))
        return b"".join(pieces)

    def _explain(self, address: Address, error: Exception) -> FetchFailure:
        failure = classify_exception(error)
        is_over_tls = failure.kind == "closed" and address.url.startswith("https:")
        if is_over_tls and refuses_certificate(address.url, self.access, self._timeouts.connect_seconds):
            return FetchFailure("certificate")
        return failure

    def _where(self, address: Address) -> str:
        return f"{self.access.server} at {address.name}"

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = open_session(self.access)
            self._of_thread.session = session
            self._sessions.append(session)
        return session


def unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """Return `unpack(piece, most_bytes)` for a Content-Encoding: gzip, which is asked for, or none."""
    if encoding.lower() not in {"gzip", "x-gzip"}:
        return lambda piece, _: piece
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress


def _may_go_elsewhere(failure: FetchFailure, request: Request) -> bool:
    """Return whether another address may be asked after this failure."""
    if failure.kind in NEVER_SENT:
        return True
    return request.is_safe and (failure.kind in {"silent", "closed"} or failure.status in ELSEWHERE_STATUSES)


def _join(errors: Sequence[FetchError]) -> FetchError:
    """Return one error for what went wrong at each address; its failure is the last one's."""
    sentences = list(dict.fromkeys(str(error) for error in errors))
    return type(errors[-1])("; ".join(sentences), errors[-1].failure)
