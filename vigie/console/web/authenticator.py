"""Who a request comes from, and what they may do: by a trusted proxy, by `web.config.file`, or on loopback alone."""

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from vigie.console.data.settings import Settings
from vigie.core.errors import UsageProblemError
from vigie.core.web_config.gate import Gate, Refusal
from vigie.core.web_config.gated import ADMITTED
from vigie.core.web_config.users import parse_basic

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
LONGEST_NAME = 128
MACHINES = "/metrics"
STRANGER = Refusal(HTTPStatus.FORBIDDEN, "Come through the proxy, which says who you are")
REBOUND = Refusal(HTTPStatus.FORBIDDEN, "Without users the console answers to localhost alone")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Identity(NamedTuple):
    """A user, and whether they may change something."""

    user: str
    is_operator: bool


class Authenticator:
    """Decides who may use the console."""

    def __init__(self, settings: Settings) -> None:
        """Read the web configuration; raise UsageProblemError for settings that would let anybody in."""
        self.gate = Gate(settings.web_config_file, frozenset({"/-/healthy"})) if settings.web_config_file else None
        self._networks = [_network(text) for text in settings.trusted_proxies]
        self._header = "HTTP_" + settings.user_header.upper().replace("-", "_")
        self._operators = frozenset(settings.operators)
        self._key = secrets.token_bytes(32)
        self._is_closed = bool(self._networks) or (self.gate is not None and self.gate.has_users)
        if not self._is_closed and not _is_loopback(settings.web_listen_address):
            raise UsageProblemError(
                f"web.listen-address: {settings.web_listen_address} is open to others, and nobody would be asked "
                "who they are: expected trusted_proxies, or a web.config.file with basic_auth_users, "
                "or an address on loopback"
            )

    def authenticate(self, environ: Mapping[str, Any]) -> Identity | Refusal:
        """Return who a WSGI request comes from, or why it is not answered."""
        named = self._named_by_proxy(environ)
        refusal = self._gate_says(environ, is_named=bool(named))
        if refusal is not None:
            return refusal
        if environ["PATH_INFO"] == MACHINES:  # open, as other servers' metrics are
            return Identity("", is_operator=False)
        if self._is_closed:
            user = named or (_basic_user(environ) if self.gate and self.gate.has_users else "")
            return Identity(user, user in self._operators) if user else STRANGER
        host = str(environ.get("HTTP_HOST", ""))
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        return Identity("local", is_operator=True) if name.lower() in LOOPBACK_NAMES else REBOUND

    def token(self, identity: Identity) -> str:
        """Return what a form of this user must carry, so that no other site can send it in their name."""
        return hmac.new(self._key, identity.user.encode(), "sha256").hexdigest()

    def is_token(self, identity: Identity, token: str) -> bool:
        """Tell whether a form carries this user's token."""
        return hmac.compare_digest(self.token(identity).encode(), token.encode())

    def _named_by_proxy(self, environ: Mapping[str, Any]) -> str:
        """Return the user that a trusted proxy names; everybody else may write what they like into the header."""
        try:
            address = ipaddress.ip_address(str(environ.get("REMOTE_ADDR", "")))
        except ValueError:
            return ""
        address = getattr(address, "ipv4_mapped", None) or address
        if not any(address in network for network in self._networks):
            return ""
        name = str(environ.get(self._header, "")).strip()
        return name if name.isprintable() and len(name) <= LONGEST_NAME and "," not in name else ""

    def _gate_says(self, environ: Mapping[str, Any], *, is_named: bool) -> Refusal | None:
        if self.gate is None:
            return None
        if is_named and self.gate.has_users:  # the proxy has asked for the password already
            return None if environ.get(ADMITTED, True) else STRANGER
        path, header = str(environ["PATH_INFO"]), str(environ.get("HTTP_AUTHORIZATION", ""))
        return self.gate.refusal(path, header, is_admitted=bool(environ.get(ADMITTED, True)))


def _basic_user(environ: Mapping[str, Any]) -> str:
    """Return the user whose password the gate has just found right."""
    credentials = parse_basic(str(environ.get("HTTP_AUTHORIZATION", "")))
    return credentials[0].decode(errors="replace") if credentials else ""


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise UsageProblemError(f"trusted_proxies: {text!r} is no network such as 10.0.0.0/8: {error}") from error


def _is_loopback(listen_address: str) -> bool:
    host = listen_address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
