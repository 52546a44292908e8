"""Decides who is answered, by a `web.config.file` that is read again when it, its certificate, key or CA changes."""

import os
import ssl
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import structlog

from vigie.core.errors import UsageProblemError
from vigie.core.web_config.parsing import WebConfig, parse
from vigie.core.web_config.rate import Bucket
from vigie.core.web_config.tls import build_context, is_allowed, notes
from vigie.core.web_config.users import BusyError, Users

log = structlog.get_logger()

REFRESH_INTERVAL_SECONDS = 1.0  # after so long a request on a kept connection reads the files again
Signature = tuple[tuple[int, int, int] | None, ...]


class Refusal(NamedTuple):
    """Why a request is not answered."""

    status: HTTPStatus
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


UNAUTHORIZED = Refusal(HTTPStatus.UNAUTHORIZED, "Unauthorized", (("WWW-Authenticate", "Basic"),))
NO_CERTIFICATE = Refusal(HTTPStatus.FORBIDDEN, "A client certificate that is allowed here is required")
TOO_MANY = Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too Many Requests")
BUSY = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Too many passwords are being checked")


class Rules(NamedTuple):
    """One version of the file, ready for use."""

    config: WebConfig
    context: ssl.SSLContext | None
    headers: tuple[tuple[str, str], ...]
    requires_certificate: bool
    users: Users | None
    bucket: Bucket | None


class Gate:
    """Decides for a server which connections and requests it accepts.

    `open_paths` are answered to everybody: Consul's check has neither password nor certificate. Where there are any, a
    client without a required certificate passes the handshake and is refused at all other paths.
    """

    def __init__(self, file: Path, open_paths: frozenset[str] = frozenset()) -> None:
        """Read `file`; raise UsageProblemError that names it, the path inside and what was expected."""
        self._file = file
        self._open_paths = open_paths
        self._watched: tuple[Path, ...] = ()
        self._signature: Signature = ()
        self._lock = threading.Lock()
        self._refreshed_at = monotonic()
        self.errors = 0
        self._rules = self._read()
        for note in notes(self._rules.config.tls_server_config):
            log.warning("web configuration differs from node_exporter's", file=str(file), note=note)

    @property
    def is_tls(self) -> bool:
        """Return whether it serves TLS, which a new version of the file can't change."""
        return self._rules.context is not None

    @property
    def has_users(self) -> bool:
        """Return whether a password is asked for, which a new version of the file can't end."""
        return self._rules.users is not None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of every response."""
        return self._rules.headers

    def context(self) -> ssl.SSLContext | None:
        """Return the TLS context for a new connection by the files as they are now, None for plain HTTP."""
        self.refresh()
        return self._rules.context

    def admits(self, certificate: Mapping[str, Any] | None) -> bool:
        """Return whether a connection's `getpeercert()` is enough; pass that on to `refusal`."""
        rules = self._rules
        allowed = rules.config.tls_server_config.client_allowed_sans
        return not rules.requires_certificate or is_allowed(certificate, allowed)

    def refusal(self, path: str, authorization: str, *, is_admitted: bool) -> Refusal | None:
        """Return why a request is refused, None when it may be answered."""
        if path in self._open_paths:
            return None
        if monotonic() - self._refreshed_at > REFRESH_INTERVAL_SECONDS:
            self.refresh()
        rules = self._rules
        if not is_admitted:
            return NO_CERTIFICATE
        if rules.bucket is not None and not rules.bucket.take():
            return TOO_MANY
        try:
            return None if rules.users is None or rules.users.knows(authorization) else UNAUTHORIZED
        except BusyError:
            return BUSY

    def refresh(self) -> None:
        """Read the file again when something changed; a broken version is logged, counted, and changes nothing."""
        if not self._lock.acquire(blocking=False):
            return  # another thread is reading it
        try:
            self._refreshed_at = monotonic()
            if self._signature == _sign(self._watched):
                return
            rules = self._read()
            _refuse_opening(self._rules, rules, self._file)
        except UsageProblemError as error:
            self.errors += 1
            log.error("web configuration is broken; the last good one stays", reason=str(error))  # noqa: TRY400 - a sentence
        else:
            self._rules = rules
            log.info("web configuration read again", file=str(self._file))
        finally:
            self._lock.release()

    def _read(self) -> Rules:
        """Return the rules of the files as they are, and keep their signature; raise UsageProblemError.

        The signature is taken before they are read, so that a change in between is read the next time.
        """
        self._watched = (self._file,)
        self._signature = _sign(self._watched)
        config = parse(_read_content(self._file), self._file)
        tls = config.tls_server_config
        named = tuple(Path(name) for name in (tls.cert_file, tls.key_file, tls.client_ca_file) if name)
        self._watched += named
        self._signature += _sign(named)
        try:
            return build_rules(config, is_relaxed=bool(self._open_paths))
        except UsageProblemError as error:
            raise UsageProblemError(f"{self._file}: {error}") from error


def build_rules(config: WebConfig, *, is_relaxed: bool) -> Rules:
    """Return the rules of a configuration; raise UsageProblemError when its certificates can't be used."""
    tls, limit = config.tls_server_config, config.rate_limit
    context = build_context(tls) if tls.is_enabled else None
    is_required = context is not None and context.verify_mode == ssl.CERT_REQUIRED
    if context is not None and is_required and is_relaxed:
        context.verify_mode = ssl.CERT_OPTIONAL
    return Rules(
        config=config,
        context=context,
        headers=tuple((name, value) for name, value in config.http_server_config.headers.items() if value),
        requires_certificate=is_required,
        users=Users(config.basic_auth_users) if config.basic_auth_users else None,
        bucket=Bucket(limit.interval_seconds, limit.burst) if limit.interval_seconds else None,
    )


def _refuse_opening(old: Rules, new: Rules, file: Path) -> None:
    """Raise UsageProblemError for a change that takes a restart: half a file must not open a closed server."""
    if (old.context is None) != (new.context is None):
        raise UsageProblemError(f"{file}: tls_server_config: TLS is switched on or off by a restart only")
    if old.users is not None and new.users is None:
        raise UsageProblemError(f"{file}: basic_auth_users: the last user is taken away by a restart only")


def _read_content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageProblemError(f"{file}: expected a readable web configuration: {error.strerror}") from error


def _sign(files: tuple[Path, ...]) -> Signature:
    """Return what changes with each file's content: its inode, size and time; None for one that is away."""
    signature: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            status = os.stat(file)  # noqa: PTH116 - half the cost of Path.stat
        except OSError:
            signature.append(None)
        else:
            signature.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(signature)
