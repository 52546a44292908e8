"""Reads the secrets of one server when they are needed: password and token come from files that may change."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import Credentials, GrafanaAccess


class SecretError(ProblemError):
    """A secret can't be read now; the text names the file and the reason, never the secret."""


class Login(NamedTuple):
    """A user with a password, or a token; all empty when nothing is sent."""

    user: str = ""
    password: str = ""
    token: str = ""


def read_secret(path: Path) -> str:
    """Return the stripped text of a file; raise SecretError when it can't be read or can't stand in a header."""
    try:
        text = path.read_text().strip()
    except OSError as error:
        raise SecretError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SecretError(f"{path}: no text in UTF-8") from error
    if text.startswith("\ufeff"):
        raise SecretError(f"{path}: begins with a byte order mark")
    if not text.isprintable():
        raise SecretError(f"{path}: more than one line, or a control character")
    return text


def read_token(path: Path) -> str:
    """Return the token of a file; raise SecretError when it can't be read or can't stand in a header as it is."""
    token = read_secret(path)
    if not token.isascii() or " " in token:
        raise SecretError(f"{path}: a blank, or a character outside ASCII")
    return token


def read_login(credentials: Credentials) -> Login:
    """Return what the settings say now; raise SecretError when a file can't be read."""
    token = password = ""
    if isinstance(credentials, GrafanaAccess):
        token, password = credentials.token or "", credentials.password or ""
    if credentials.token_file and not token:
        token = read_token(credentials.token_file)
    if credentials.password_file and not password:
        password = read_secret(credentials.password_file)
    return Login(credentials.user or "", password, token)


def auth_headers(credentials: Credentials) -> Mapping[str, str]:
    """Return the headers that sign a request in; raise SecretError when a file can't be read."""
    login = read_login(credentials)
    headers = basic_auth(login.user, login.password)
    if login.token:
        is_bearer = credentials.token_header == "Authorization"  # noqa: S105 - a header's name
        headers[credentials.token_header] = f"Bearer {login.token}" if is_bearer else login.token
    return headers


def basic_auth(user: str, password: str) -> dict[str, str]:
    """Return the header of basic authentication, none without a user and a password."""
    if not (user and password):
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def check(credentials: Credentials) -> None:
    """Raise UsageProblemError for settings that contradict each other, or name a secret that can't be read."""
    prefix = credentials.prefix
    login = _read_at_start(credentials)
    check_user(credentials)
    if credentials.user and login.token and credentials.token_header == "Authorization":  # noqa: S105 - a header's name
        raise UsageProblemError(f"expected {prefix}_user or {prefix}_token_file, and not both")


def check_user(credentials: Credentials) -> tuple[str, str] | None:
    """Return the user and the password that now holds, None without a user.

    Raises UsageProblemError when one is without the other, or the password can't be read.
    """
    user, password, _ = _read_at_start(msgspec.structs.replace(credentials, token_file=None))
    if bool(user) != bool(password):
        raise UsageProblemError(f"expected {credentials.prefix}_user and {credentials.prefix}_password_file together")
    return (user, password) if user else None


def _read_at_start(credentials: Credentials) -> Login:
    try:
        return read_login(credentials)
    except SecretError as error:
        raise UsageProblemError(
            f"{credentials.prefix}: expected a readable file that holds a secret: {error}"
        ) from error
