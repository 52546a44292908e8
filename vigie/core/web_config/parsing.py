"""Understands the text of a `web.config.file`, whose format is that of Prometheus's exporter-toolkit.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from vigie.core.errors import UsageProblemError
from vigie.core.settings import parse_duration_seconds
from vigie.core.web_config.names import CIPHER_SUITES, CLIENT_AUTH_TYPES, CURVES, VERSIONS

BCRYPT = re.compile(r"\$2[abxy]?\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
# The headers that the toolkit lets be set, and their values where only a few have a meaning.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """`tls_server_config`; a certificate, key or CA is given as text or as a file."""

    cert: str = ""
    key: str = ""
    client_ca: str = ""
    cert_file: str = ""
    key_file: str = ""
    client_ca_file: str = ""
    client_auth_type: str = ""
    client_allowed_sans: tuple[str, ...] = ()
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True
    curve_preferences: tuple[str, ...] = ()

    @property
    def is_enabled(self) -> bool:
        """Return whether TLS is meant, which the toolkit takes from these fields."""
        files = (self.cert, self.cert_file, self.key, self.key_file, self.client_ca, self.client_ca_file)
        return any((*files, self.client_auth_type))


class Http(msgspec.Struct, frozen=True, kw_only=True):
    """`http_server_config`."""

    http2: bool | None = None
    headers: dict[str, str] = {}


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """`rate_limit`: a request each `interval`, and up to `burst` at once; an interval of 0 sets no limit."""

    interval: str | int = 0
    burst: int = 0

    @property
    def interval_seconds(self) -> float:
        """Return the interval in seconds; raise ValueError when it is no duration."""
        seconds = float(self.interval) if isinstance(self.interval, int) else parse_duration_seconds(self.interval)
        if not math.isfinite(seconds) or seconds < 0 or (isinstance(self.interval, int) and self.interval):
            raise ValueError(self.interval)
        return seconds


class WebConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    tls_server_config: Tls = Tls()
    http_server_config: Http = Http()
    basic_auth_users: dict[str, str] = {}
    rate_limit: RateLimit = RateLimit()


TWICE = "duplicate key: "
SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "tls_server_config": Tls,
    "http_server_config": Http,
    "rate_limit": RateLimit,
}


def parse(content: bytes, file: Path) -> WebConfig:
    """Return the configuration in `content`; raise UsageProblemError that names `file`, the path and what was expected.

    Paths in it are relative to the folder of `file`, and come out absolute or relative to the working folder.
    """
    try:
        config = msgspec.convert(_read_sections(_read_mapping(content)), WebConfig)
        _check(config)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        raise UsageProblemError(f"{file}: {path.rstrip('`').replace('[...]', '.*')}: {reason}") from None
    except ValueError as error:
        raise UsageProblemError(f"{file}: {error}") from None
    return _with_absolute_paths(config, file.parent)


def _read_mapping(content: bytes) -> dict[Any, Any]:
    import yaml  # noqa: PLC0415 - a process without this file does not pay for it

    class Loader(yaml.SafeLoader):
        """Takes each key as its text (a user may be called 123 or no), and refuses one that comes twice."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - its own
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
            if twice is not None:
                raise yaml.constructor.ConstructorError(None, None, f"{TWICE}{twice}", node.start_mark)
            return {
                self.construct_scalar(key) if isinstance(key, yaml.ScalarNode) else str(key.value):
                self.construct_object(value, deep=deep) for key, value in node.value
            }  # fmt: skip

    try:
        document = yaml.load(content, Loader)  # noqa: S506 - a SafeLoader
    except yaml.constructor.ConstructorError as error:
        problem = str(error.problem)
        if problem.startswith(TWICE):
            raise ValueError(f"{problem.removeprefix(TWICE)} is there twice; expected each key once") from None
        raise ValueError("expected plain YAML") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)  # the error's text would show the line, and with it a secret
        raise ValueError(f"expected YAML{f', line {mark.line + 1} is not' if mark else ''}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ValueError("expected a mapping at the top")  # noqa: TRY004 - what `parse` turns into a sentence
    _refuse_unknown("", document, WebConfig.__struct_fields__)
    return document


def _read_sections(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections without what is null, which YAML means as absent."""
    sections: dict[str, Any] = {}
    for name, section in document.items():
        if section is None:
            continue
        if not isinstance(section, dict):
            raise ValueError(f"{name}: expected a mapping")  # noqa: TRY004 - as above
        if name in SECTIONS:
            _refuse_unknown(f"{name}.", section, SECTIONS[name].__struct_fields__)
        # A null hash is no hash: a user whose template's variable was not set must not open the door to everybody.
        is_users = name == "basic_auth_users"
        sections[name] = {
            key: "" if value is None else value for key, value in section.items() if is_users or value is not None
        }
    return sections


def _refuse_unknown(where: str, keys: Iterable[Any], expected: Collection[str]) -> None:
    for key in keys:
        if key not in expected:
            raise ValueError(f"{where}{key} is not known; expected one of {', '.join(expected)}")


def _check(config: WebConfig) -> None:
    """Raise ValueError that names the path and what was expected."""
    if config.tls_server_config.is_enabled:
        _check_tls(config.tls_server_config)
    for name, value in config.http_server_config.headers.items():
        _require_one_of("http_server_config.headers", name, HEADERS)
        if HEADERS[name]:
            _require_one_of(f"http_server_config.headers.{name}", value, HEADERS[name])
        if not value.isprintable() or not value.isascii():
            raise ValueError(f"http_server_config.headers.{name}: expected one line of ASCII")
    for user, hashed in config.basic_auth_users.items():
        if not BCRYPT.fullmatch(hashed):
            raise ValueError(f"basic_auth_users.{user}: expected a bcrypt hash, as `htpasswd -nBC 10` prints it")
        if ":" in user:
            raise ValueError(f"basic_auth_users.{user}: expected a name without a colon, which ends it in a request")
    try:
        has_limit = config.rate_limit.interval_seconds > 0
    except ValueError:
        raise ValueError("rate_limit.interval: expected a duration such as 100ms or 1s, or 0 for no limit") from None
    if has_limit and config.rate_limit.burst < 1:
        raise ValueError("rate_limit.burst: expected at least 1, else nothing is ever answered")


def _check_tls(tls: Tls) -> None:
    where = "tls_server_config"
    for name in ("cert", "key", "client_ca"):
        text, file = getattr(tls, name), getattr(tls, f"{name}_file")
        if text and file:
            raise ValueError(f"{where}.{name}: expected either {name} or {name}_file, not both")
        if not text and not file and name != "client_ca":
            raise ValueError(f"{where}: expected {name} or {name}_file")
    _require_one_of(f"{where}.client_auth_type", tls.client_auth_type, CLIENT_AUTH_TYPES)
    _require_one_of(f"{where}.min_version", tls.min_version, VERSIONS)
    _require_one_of(f"{where}.max_version", tls.max_version, VERSIONS)
    if tls.min_version > tls.max_version:
        raise ValueError(f"{where}.min_version: expected at most max_version, {tls.max_version}")
    for suite in tls.cipher_suites:
        _require_one_of(f"{where}.cipher_suites", suite, CIPHER_SUITES)
    for curve in tls.curve_preferences:
        _require_one_of(f"{where}.curve_preferences", curve, CURVES)
    policy = CLIENT_AUTH_TYPES[tls.client_auth_type]
    if (tls.client_ca or tls.client_ca_file) and policy == "none" and tls.client_auth_type != "RequestClientCert":
        raise ValueError(f"{where}.client_auth_type: expected a policy that asks for certificates, since there is a CA")
    if tls.client_allowed_sans and policy != "required":
        raise ValueError(
            f"{where}.client_auth_type: expected RequireAndVerifyClientCert, since client_allowed_sans is set"
        )


def _require_one_of(where: str, value: str, expected: Collection[str]) -> None:
    if value not in expected:
        raise ValueError(f"{where}: {value!r} is not known; expected one of {', '.join(filter(None, expected))}")


def _with_absolute_paths(config: WebConfig, folder: Path) -> WebConfig:
    tls = config.tls_server_config
    files = {name: getattr(tls, name) for name in ("cert_file", "key_file", "client_ca_file")}
    located = {name: str(folder / file) for name, file in files.items() if file}
    return msgspec.structs.replace(config, tls_server_config=msgspec.structs.replace(tls, **located))
