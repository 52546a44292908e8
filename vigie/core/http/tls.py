"""TLS as a client: the files that settings name, and whether a server refuses our certificate."""

import socket
import ssl
from urllib.parse import urlsplit

from vigie.core.errors import UsageProblemError
from vigie.core.settings import Credentials

# What the other side says when our certificate is missing or wrong, in OpenSSL's words.
CERTIFICATE_ALERTS = (
    "bad certificate",
    "no certificate",
    "unknown ca",
    "certificate required",
    "certificate revoked",
    "certificate expired",
    "certificate unknown",
    "unsupported certificate",
)


def check_tls_files(credentials: Credentials) -> None:
    """Raise UsageProblemError when a file for TLS can't be read, or holds something else."""
    prefix = credentials.prefix
    ca_file, cert_file, key_file = credentials.ca_file, credentials.cert_file, credentials.key_file
    if key_file and not cert_file:
        raise UsageProblemError(f"{prefix}_key_file is given without {prefix}_cert_file: expected both, or neither")
    if ca_file:
        try:
            ssl.create_default_context(cafile=str(ca_file))
        except OSError as error:  # ssl.SSLError is one
            expected = f"a PEM file with the authority that vouches for {credentials.server}'s certificate"
            raise UsageProblemError(f"{prefix}_ca_file: {ca_file}: expected {expected}: {_reason(error)}") from error
    if cert_file:
        try:
            _load_own(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), credentials)
        except OSError as error:
            files = f"{cert_file} and {key_file}" if key_file else str(cert_file)
            expected = "PEM with our certificate and its unencrypted key"
            raise UsageProblemError(f"{prefix}_cert_file: {files}: expected {expected}: {_reason(error)}") from error


def refuses_certificate(url: str, credentials: Credentials, timeout_seconds: float) -> bool:
    """Return whether the server at `url` ends TLS because our certificate is missing or not accepted.

    With TLS 1.3 that is said after the handshake, and a request under way makes the kernel throw the server's words
    away. So nothing is sent here.
    """
    parts = urlsplit(url)
    try:
        context = ssl.create_default_context(cafile=str(credentials.ca_file) if credentials.ca_file else None)
        _load_own(context, credentials)
        with (
            socket.create_connection((parts.hostname or "", parts.port or 443), timeout_seconds) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as connection,
        ):
            connection.recv(1)
    except ssl.SSLError as error:
        return is_certificate_alert(str(error))
    except OSError:
        return False
    return False


def is_certificate_alert(text: str) -> bool:
    """Return whether OpenSSL's words say that the other side wants a certificate, or another one."""
    words = text.lower().replace("_", " ")
    return any(f"alert {name}" in words for name in CERTIFICATE_ALERTS)


def _load_own(context: ssl.SSLContext, credentials: Credentials) -> None:
    if credentials.cert_file:
        context.load_cert_chain(credentials.cert_file, credentials.key_file, password="")


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "no PEM"
    return error.strerror or type(error).__name__
