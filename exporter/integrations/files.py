"""Reads /etc/vigie/integrations.d: what a plain machine asks for, and the logins of containers' servers.

    integration: redis
    address: 127.0.0.1:6379        # or `container: cache-1`, whose labels ask for the integration
    user: monitor
    password_file: /etc/vigie/secrets/redis
    labels: {team: shop}

A file that can't be understood costs itself alone: its last good content stays.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Protocol

import msgspec
import structlog

from exporter.integrations.known import Known
from exporter.integrations.targets import LoginFile
from vigie.core.errors import UsageProblemError

log = structlog.get_logger()
HOST = re.compile(r"[\w.-]+|[0-9A-Fa-f:.]+(%[\w.-]+)?")
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file asks for."""

    integration: str
    address: str = ""
    container: Annotated[str, msgspec.Meta(pattern=r"^$|" + NAME)] = ""
    user: str = ""
    password_file: str = ""
    labels: dict[str, str] = {}

    @property
    def login(self) -> LoginFile:
        """The login of the server."""
        return LoginFile(self.user, Path(self.password_file) if self.password_file else None)

    def server(self) -> tuple[str, int]:
        """Return (host, port) of the address; raise ValueError."""
        return split_address(self.address)


class AskingFiles(Protocol):
    """Who knows what files ask for."""

    known: Known

    def read(self) -> dict[str, Asked]:
        """Return what is asked for now, by the names of the files."""

    def logins(self) -> Mapping[str, tuple[str, LoginFile]]:
        """Return (integration, login) by container."""


class IntegrationFiles:
    """The files of one folder by their names without `.yml`, read again when they change."""

    def __init__(self, folder: Path, known: Known) -> None:
        """Take the folder, which need not be there, and the integrations that are known."""
        self._folder, self.known = folder, known
        self._read: dict[Path, tuple[tuple[int, int, int], Asked | None]] = {}
        self._is_unreadable = False

    def read(self) -> dict[str, Asked]:
        """Return what the files ask for; a folder that can't be read keeps what it held."""
        try:
            paths = sorted(self._folder.glob("*.yml")) if self._folder.is_dir() else []
            stamps = {path: _stamp(path) for path in paths}
        except OSError as error:
            if not self._is_unreadable:
                log.warning("integrations can't be read", folder=str(self._folder), reason=error.strerror)
            self._is_unreadable = True
        else:
            self._is_unreadable = False
            self._read = {path: self._one(path, stamp) for path, stamp in stamps.items()}
        return {path.stem: asked for path, (_, asked) in self._read.items() if asked is not None}

    def logins(self) -> Mapping[str, tuple[str, LoginFile]]:
        """Return (integration, login) by container, as far as files were read."""
        known = (asked for _, asked in self._read.values() if asked is not None)
        return {asked.container: (asked.integration, asked.login) for asked in known if asked.container}

    def _one(self, path: Path, stamp: tuple[int, int, int]) -> tuple[tuple[int, int, int], Asked | None]:
        before = self._read.get(path)
        if before is not None and before[0] == stamp:
            return before
        try:
            return stamp, self._understand(path)
        except UsageProblemError as error:
            kept = before[1] if before else None
            log.warning("an integration's file can't be used", reason=str(error), kept=kept is not None)
            return stamp, kept

    def _understand(self, path: Path) -> Asked:
        from vigie.core import yaml_file  # noqa: PLC0415 - loaded only where there is a file

        file = yaml_file.read(path)
        try:
            asked = msgspec.convert(file.document, Asked)
        except msgspec.ValidationError as error:
            raise UsageProblemError(f"{path}: {error}") from error
        if asked.integration not in self.known.all:
            names = ", ".join(self.known.all)
            raise file.problem(("integration",), f"{asked.integration!r} is unknown: expected one of {names}")
        if bool(asked.address) == bool(asked.container):
            raise file.problem((), "expected either address: HOST:PORT or container: NAME")
        if asked.address:
            try:
                asked.server()
            except ValueError as error:
                raise file.problem(("address",), str(error)) from error
        return asked


def split_address(address: str) -> tuple[str, int]:
    """Return (host, port) of HOST:PORT; raise ValueError."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not HOST.fullmatch(host) or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"address {address!r}: expected HOST:PORT")
    return host, int(port)


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns
