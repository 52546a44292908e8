"""Tries whether receivers can be reached: a connection, TLS, and for mail a greeting; nothing else is sent."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Sequence

from vigie.core.http.fetch_failure import FetchFailure, Kind, brief
from vigie.doctor.findings.facts import EndpointResult
from vigie.doctor.receivers.endpoints import Endpoint

IMPLICIT_TLS_PORT = 465
MEANINGS: tuple[tuple[type[OSError], Kind], ...] = (  # the first that fits
    (ssl.SSLError, "plain"),
    (socket.gaierror, "name"),
    (ConnectionRefusedError, "refused"),
    (TimeoutError, "timeout"),
    (ConnectionError, "closed"),
)


class ReceiverProbe:
    """Probes each endpoint once, however many hosts need it."""

    def __init__(self, endpoints: Sequence[Endpoint], timeout_seconds: float) -> None:
        """Take the endpoints of all receivers."""
        self._endpoints, self._timeout_seconds = endpoints, timeout_seconds
        self._known: dict[Endpoint, FetchFailure | None] = {}
        self._lock = threading.Lock()

    def probe(self, receivers: frozenset[str]) -> tuple[EndpointResult, ...]:
        """Return the result of each endpoint of the receivers."""
        mine = [endpoint for endpoint in self._endpoints if endpoint.receiver in receivers]
        return tuple(
            EndpointResult(endpoint.receiver, endpoint.kind, endpoint.address, self._probe_once(endpoint))
            for endpoint in mine
        )

    def _probe_once(self, endpoint: Endpoint) -> FetchFailure | None:
        with self._lock:
            if endpoint not in self._known:
                self._known[endpoint] = probe_endpoint(endpoint, self._timeout_seconds)
            return self._known[endpoint]


def probe_endpoint(endpoint: Endpoint, timeout_seconds: float) -> FetchFailure | None:
    """Return why an endpoint can't be reached, None when it can; nothing is sent on it but greetings."""
    try:
        if endpoint.is_mail:
            _greet(endpoint, timeout_seconds)
        else:
            _connect(endpoint, timeout_seconds)
    except smtplib.SMTPException as error:
        return FetchFailure("answer", brief(f"mail server: {error}"))
    except OSError as error:
        return to_failure(error)
    return None


def to_failure(error: OSError) -> FetchFailure:
    """Return what an exception of a socket means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchFailure("tls", error.verify_message)
    for kind, means in MEANINGS:
        if isinstance(error, kind):
            return FetchFailure(means)
    return FetchFailure("route", error.strerror or "")


def _connect(endpoint: Endpoint, timeout_seconds: float) -> None:
    with socket.create_connection((endpoint.host, endpoint.port), timeout_seconds) as connection:
        if endpoint.is_tls:
            _context(endpoint).wrap_socket(connection, server_hostname=endpoint.host).close()


def _greet(endpoint: Endpoint, timeout_seconds: float) -> None:
    """Say EHLO, switch to TLS when that is asked for, and say it again; raise SMTPException or OSError."""
    if endpoint.port == IMPLICIT_TLS_PORT:
        context = _context(endpoint)
        with smtplib.SMTP_SSL(endpoint.host, endpoint.port, timeout=timeout_seconds, context=context) as server:
            server.ehlo_or_helo_if_needed()
        return
    with smtplib.SMTP(endpoint.host, endpoint.port, timeout=timeout_seconds) as server:
        server.ehlo_or_helo_if_needed()
        if endpoint.is_tls:
            server.starttls(context=_context(endpoint))
            server.ehlo()


def _context(endpoint: Endpoint) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=endpoint.ca_file)
    if endpoint.is_unverified:  # as Alertmanager's configuration says
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
