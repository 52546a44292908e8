"""Secrets as files: each is made once and never overwritten, in a folder that is closed to others."""

import base64
import json
import secrets
import uuid
from collections.abc import Callable
from pathlib import Path

import bcrypt

from vigie.core.atomic_files import write_private
from vigie.core.errors import UsageProblemError

MANAGEMENT = "token-management"
GOSSIP = "consul-gossip-key"
WEB_USER = "admin"
# The folder keeps other users out. Each container is given single files, which its own user must be able to read:
# Docker mounts them with the owner and the mode that they have here.
FOLDER_MODE = 0o700
FILE_MODE = 0o444


def make_gossip_key() -> str:
    """Return a new key for Consul's gossip: 32 bytes, as `consul keygen` gives them."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def make_token() -> str:
    """Return a new Consul token, whose form is a UUID."""
    return str(uuid.uuid4())


def make_password() -> str:
    """Return a new password of 32 characters."""
    return secrets.token_urlsafe(24)


SECRETS: dict[str, Callable[[], str]] = {
    GOSSIP: make_gossip_key,
    MANAGEMENT: make_token,
    "grafana-admin-password": make_password,
    "grafana-secret-key": make_password,
    "postgres-password": make_password,
    "web-password": make_password,
}


def read_or_make(folder: Path, name: str, make: Callable[[], str]) -> str:
    """Return the secret in `folder`/`name`, made and written when it is not there yet.

    Raises UsageProblemError when the folder or the file can't be used.
    """
    file = folder / name
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if not file.exists():
            write(file, make())
        text = file.read_text().strip()
    except OSError as error:
        raise UsageProblemError(f"{file}: expected a folder for secrets that we may write: {error.strerror}") from error
    if not text:
        raise UsageProblemError(f"{file} is empty: expected a secret; delete the file to have one made")
    return text


def write(file: Path, text: str) -> None:
    """Write a secret, so that nobody reads half of it."""
    write_private(file, text + "\n", FILE_MODE)


def update(file: Path, text: str) -> None:
    """Bring `file` to `text`; nothing is written when that is what it holds."""
    if not file.exists() or file.read_text().strip() != text:
        write(file, text)


def make_all(folder: Path, token_files: list[str]) -> list[str]:
    """Make what is missing of all secrets of the stack; return the names of those that were made."""
    before = _names(folder)
    for name, make in SECRETS.items():
        read_or_make(folder, name, make)
    for name in token_files:
        read_or_make(folder, name, make_token)
    read_or_make(folder, "web-users", lambda: format_web_user((folder / "web-password").read_text().strip()))
    read_or_make(folder, "consul-server.json", lambda: format_server_configuration(folder))
    return sorted(_names(folder) - before)


def format_web_user(plain: str) -> str:
    """Return the line of a users' file as Traefik reads it."""
    return f"{WEB_USER}:{bcrypt.hashpw(plain.encode(), bcrypt.gensalt()).decode()}"


def format_server_configuration(folder: Path) -> str:
    """Return the secret part of a Consul server's configuration, which Consul takes from no other file."""
    # `master` is `initial_management` in versions from 1.11 on, which still take the old name; 1.8 knows no other.
    tokens = {"master": _read(folder, MANAGEMENT), "agent": _read(folder, "token-consul-server")}
    return json.dumps({"encrypt": _read(folder, GOSSIP), "acl": {"tokens": tokens}}, indent=2)


def format_client_configuration(folder: Path, agent_token: str) -> str:
    """Return the secret part of a Consul client agent's configuration."""
    return json.dumps({"encrypt": _read(folder, GOSSIP), "acl": {"tokens": {"agent": agent_token}}}, indent=2)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text().strip()
