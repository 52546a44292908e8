"""Reaches receivers without telling them anything: a connection, TLS, and for mail a greeting."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Sequence

from vigie.core.http.fetch_failure import FetchFailure, Kind, brief
from vigie.doctor.findings.facts import Reached
from vigie.doctor.receivers.endpoints import Way

IMPLICIT_TLS_PORT = 465
MEANINGS: tuple[tuple[type[OSError], Kind], ...] = (  # the first that fits
    (ssl.SSLError, "plain"),
    (socket.gaierror, "name"),
    (ConnectionRefusedError, "refused"),
    (TimeoutError, "timeout"),
    (ConnectionError, "closed"),
)


class Reaching:
    """Tries each way once, whatever number of hosts asks for it."""

    def __init__(self, ways: Sequence[Way], timeout_seconds: float) -> None:
        """Take the ways of all receivers."""
        self._ways, self._timeout_seconds = ways, timeout_seconds
        self._known: dict[Way, FetchFailure | None] = {}
        self._lock = threading.Lock()

    def of(self, receivers: frozenset[str]) -> tuple[Reached, ...]:
        """Return what became of each way of the receivers."""
        mine = [one for one in self._ways if one.receiver in receivers]
        return tuple(Reached(one.receiver, one.kind, one.address, self._tried(one)) for one in mine)

    def _tried(self, way: Way) -> FetchFailure | None:
        with self._lock:
            if way not in self._known:
                self._known[way] = reach(way, self._timeout_seconds)
            return self._known[way]


def reach(way: Way, timeout_seconds: float) -> FetchFailure | None:
    """Return why a way can't be gone, None when it can; nothing is sent on it but greetings."""
    try:
        if way.is_mail:
            _greet(way, timeout_seconds)
        else:
            _connect(way, timeout_seconds)
    except smtplib.SMTPException as error:
        return FetchFailure("answer", brief(f"mail server: {error}"))
    except OSError as error:
        return of_socket(error)
    return None


def of_socket(error: OSError) -> FetchFailure:
    """Return what an exception of a socket means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchFailure("tls", error.verify_message)
    for kind, means in MEANINGS:
        if isinstance(error, kind):
            return FetchFailure(means)
    return FetchFailure("route", error.strerror or "")


def _connect(way: Way, timeout_seconds: float) -> None:
    with socket.create_connection((way.host, way.port), timeout_seconds) as connection:
        if way.is_tls:
            _context(way).wrap_socket(connection, server_hostname=way.host).close()


def _greet(way: Way, timeout_seconds: float) -> None:
    """Say EHLO, switch to TLS when that is asked for, and say it again; raise SMTPException or OSError."""
    if way.port == IMPLICIT_TLS_PORT:
        with smtplib.SMTP_SSL(way.host, way.port, timeout=timeout_seconds, context=_context(way)) as server:
            server.ehlo_or_helo_if_needed()
        return
    with smtplib.SMTP(way.host, way.port, timeout=timeout_seconds) as server:
        server.ehlo_or_helo_if_needed()
        if way.is_tls:
            server.starttls(context=_context(way))
            server.ehlo()


def _context(way: Way) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=way.ca_file)
    if way.is_unverified:  # as Alertmanager is told
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
