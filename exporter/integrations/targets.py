"""What is checked: a server of an integration, and with which login."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from exporter.base.check import Login, Server

if TYPE_CHECKING:
    from vigie.core.integrations.catalogue import Integration


CHECKS_PATH = "/integrations/"  # below it the exporter serves each checked server by its name


class LoginFile(NamedTuple):
    """Where the login of a server stands; the password is read from its file at each check, for it may change."""

    user: str = ""
    password_file: Path | None = None
    database: str = ""

    def read(self) -> Login:
        """Return the login; raise SecretError with the file's name."""
        from vigie.core.http.secrets import read_secret  # noqa: PLC0415 - loaded only where something is checked

        password = read_secret(self.password_file) if self.password_file else ""
        return Login(self.user, password, self.database)


class CheckTarget(NamedTuple):
    """One server: `name` is its place below `/integrations/`, such as `cache-1:6379`."""

    name: str
    integration: "Integration"
    server: Server
    login: LoginFile = LoginFile()


Targets = Mapping[str, CheckTarget]
