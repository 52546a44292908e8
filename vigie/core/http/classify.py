"""Classifies what went wrong: an exception of ours, a status, or Prometheus's words about a scrape, which are Go's."""

import re
import socket
import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NameResolutionError, ReadTimeoutError

from vigie.core.http.fetch_failure import FetchFailure, Kind, brief
from vigie.core.http.tls import is_certificate_alert

BAD_REQUEST = 400
STATUSES: dict[int, Kind] = {401: "login", 403: "forbidden", 404: "missing"}
# Prometheus's `lastError` holds the words of Go's net, net/http and crypto/tls, and its own of scrape/scrape.go.
GO_WORDS: tuple[tuple[str, Kind], ...] = (
    ("connection refused", "refused"),
    ("no such host", "name"),
    ("server misbehaving", "name"),
    ("gave HTTP response to HTTPS client", "plain"),
    ("first record does not look like a TLS handshake", "plain"),
    ("malformed HTTP response", "encrypted"),
    ("sent to an HTTPS server", "encrypted"),
    ("tls: certificate required", "certificate"),
    ("tls: bad certificate", "certificate"),
    ("tls: unknown certificate authority", "certificate"),
    ("x509:", "tls"),
    ("tls:", "tls"),
    ("context deadline exceeded", "timeout"),
    ("i/o timeout", "timeout"),
    ("Client.Timeout exceeded", "timeout"),
    ("no route to host", "route"),
    ("network is unreachable", "route"),
    ("connection reset", "closed"),
    (": EOF", "closed"),
    ("unexpected EOF", "closed"),
    ("sample limit exceeded", "samples"),
    ("target_limit exceeded", "targets"),
    ("label_limit exceeded", "labels"),
    ("length_limit exceeded", "labels"),
    ("body size limit exceeded", "size"),
)
EXCEPTIONS: tuple[tuple[type[BaseException], Kind], ...] = (  # that an exception of requests is made of
    (requests.ReadTimeout, "silent"),
    (ReadTimeoutError, "silent"),
    (ConnectionRefusedError, "refused"),
    (socket.gaierror, "name"),
    (NameResolutionError, "name"),
    (LocationParseError, "name"),
    (TimeoutError, "silent"),
)
STATUS_WORDS = re.compile(r"server returned HTTP status (\d{3})")
NET_WORDS = re.compile(r"^Get |dial |lookup ")


def classify_exception(error: Exception) -> FetchFailure:
    """Return what an exception of requests means; its own text could show the URL with its credentials."""
    causes = list(_causes(error))
    tls_texts = [str(cause) for cause in causes if isinstance(cause, ssl.SSLError | requests.exceptions.SSLError)]
    if tls_texts:
        return _classify_tls(" ".join(tls_texts))
    # A connection that is refused is a subclass of this one.
    if any(type(cause) is ConnectTimeoutError for cause in causes):
        return FetchFailure("timeout")
    for cause in causes:
        for type_, kind in EXCEPTIONS:
            if isinstance(cause, type_):
                return FetchFailure(kind)
        if isinstance(cause, OSError) and "unreachable" in str(cause).lower():
            return FetchFailure("route")
    if isinstance(error, requests.RequestException | HTTPError):
        return FetchFailure("closed")
    return FetchFailure("answer", type(error).__name__)  # a host that is no name


def classify_status(status: int, body: str) -> FetchFailure:
    """Return what a status other than success means; of the body its first line is kept."""
    if status == BAD_REQUEST and "HTTPS server" in body:
        return FetchFailure("encrypted", status=status)
    kind = STATUSES.get(status, "server" if status >= 500 else "status")
    line = brief(body.strip().partition("\n")[0])
    detail = line if kind in STATUSES.values() else f"{status} {line}".strip()
    return FetchFailure(kind, detail, status)


def classify_scrape_error(error: str) -> FetchFailure:
    """Return what Prometheus's `lastError` means."""
    status = STATUS_WORDS.search(error)
    if status:
        return classify_status(int(status[1]), "")
    for words, kind in GO_WORDS:
        if words in error:
            return FetchFailure(kind, brief(error) if kind in {"tls", "certificate", "labels", "targets"} else "")
    return FetchFailure("answer" if NET_WORDS.search(error) else "page", brief(error))


def _classify_tls(text: str) -> FetchFailure:
    if "WRONG_VERSION_NUMBER" in text or "wrong version number" in text:
        return FetchFailure("plain")
    if is_certificate_alert(text):
        return FetchFailure("certificate")
    verification = re.search(r"certificate verify failed: ([^(]+)", text)
    if verification:
        return FetchFailure("tls", verification[1].strip())
    reason = re.search(r"\[SSL: (\w+)\]", text)
    return FetchFailure("closed", f"TLS: {reason[1].lower().replace('_', ' ')}" if reason else "")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield all exceptions that an exception of requests is made of, outermost first."""
    yielded: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and cause not in yielded:
            yielded.append(cause)
            yield cause
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
