"""Makes the TLS context that a `web.config.file` asks for, and judges a client's certificate."""

import ipaddress
import os
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from vigie.core.errors import UsageProblemError
from vigie.core.web_config.names import CIPHER_SUITES, CLIENT_AUTH_TYPES, CURVES
from vigie.core.web_config.parsing import Tls

VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
VERIFY_MODES = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


def build_context(tls: Tls) -> ssl.SSLContext:
    """Return the context for a server; raise UsageProblemError that names the file or field that is wrong.

    A client without a required certificate fails in the handshake, unless the caller relaxes `verify_mode`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = VERSIONS[tls.min_version]
    context.maximum_version = VERSIONS[tls.max_version]
    _choose_ciphers(context, tls)
    if len(tls.curve_preferences) == 1:
        context.set_ecdh_curve(CURVES[tls.curve_preferences[0]])
    _load_pair(context, tls)
    context.verify_mode = VERIFY_MODES[CLIENT_AUTH_TYPES[tls.client_auth_type]]
    if context.verify_mode != ssl.CERT_NONE:
        _load_authorities(context, tls)
    return context


def notes(tls: Tls) -> Iterator[str]:
    """Yield what this file asks for and Python's ssl does otherwise than Go."""
    if tls.client_auth_type in {"RequireAnyClientCert", "RequireClientCert"}:
        yield f"client_auth_type {tls.client_auth_type}: certificates are verified too"
    if len(tls.curve_preferences) > 1:
        yield "curve_preferences: more than one leaves the choice to OpenSSL"


def is_allowed(certificate: Mapping[str, Any] | None, allowed_sans: Collection[str]) -> bool:
    """Return whether a verified `getpeercert()` has one of the names, addresses or URIs; without any, all have."""
    if not certificate:
        return False
    names = {_normal(kind, value) for kind, value in certificate.get("subjectAltName", ())}
    return not allowed_sans or not names.isdisjoint(allowed_sans)


def _normal(kind: str, value: str) -> str:
    """Return an alternative name as Go prints it: OpenSSL writes out the zeros of IPv6."""
    try:
        return str(ipaddress.ip_address(value)) if kind == "IP Address" else value
    except ValueError:
        return value


def _choose_ciphers(context: ssl.SSLContext, tls: Tls) -> None:
    if tls.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    names = [CIPHER_SUITES[suite] for suite in tls.cipher_suites if CIPHER_SUITES[suite]]
    if names:
        try:
            context.set_ciphers(":".join(names))
        except ssl.SSLError as error:
            expected = "expected a suite that this machine's OpenSSL has"
            raise UsageProblemError(f"tls_server_config.cipher_suites: {expected}") from error
    elif tls.cipher_suites:  # those of TLS 1.3 alone
        context.minimum_version = ssl.TLSVersion.TLSv1_3


def _load_pair(context: ssl.SSLContext, tls: Tls) -> None:
    with ExitStack() as files:
        certificate = tls.cert_file or files.enter_context(_in_memory(tls.cert))
        key = tls.key_file or files.enter_context(_in_memory(tls.key))
        shown = f"{tls.cert_file or 'cert'} with {tls.key_file or 'key'}"
        try:
            # Without a password an encrypted key would ask for one at the terminal.
            context.load_cert_chain(certificate, key, password="")
        except ssl.SSLError as error:
            expected = "expected a PEM certificate and its own unencrypted PEM key"
            reason = f": {error.reason}" if error.reason else ""
            raise UsageProblemError(f"tls_server_config: {shown}: {expected}{reason}") from error
        except OSError as error:
            raise UsageProblemError(f"tls_server_config: {shown}: expected readable files: {error.strerror}") from error


def _load_authorities(context: ssl.SSLContext, tls: Tls) -> None:
    try:
        if tls.client_ca_file:
            context.load_verify_locations(cafile=tls.client_ca_file)
        elif tls.client_ca:
            context.load_verify_locations(cadata=tls.client_ca)
        else:  # as Go does
            context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        shown = tls.client_ca_file or "client_ca"
        raise UsageProblemError(f"tls_server_config: {shown}: expected PEM certificates: {error}") from error


@contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """Give a path to `text` that leads to memory only: ssl takes certificates and keys by path alone."""
    descriptor = os.memfd_create("pem")
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
