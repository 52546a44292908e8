"""Reads /etc/vigie/integrations.d: what a plain machine asks for, and the logins of containers' servers.

    integration: redis
    address: 127.0.0.1:6379        # or `container: cache-1`, whose labels ask for the integration
    user: monitor
    password_file: /etc/vigie/secrets/redis
    database: shop                 # where the server has several
    labels: {team: shop}
    path: /stats                   # and `scheme: https`, where an endpoint or a status page has other ones
    server_name: shop.example.org  # of a status page: in certificate and Host header; `ca_file` is its authority's

A file that can't be understood costs itself alone: its last good content stays.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import msgspec
import structlog

from exporter.base.check import Server
from exporter.integrations.known import Known
from exporter.integrations.targets import LoginFile
from vigie.core.errors import UsageProblemError

if TYPE_CHECKING:
    from vigie.core.integrations.manifest import Manifest

log = structlog.get_logger()
HOST = re.compile(r"[\w.-]+|[0-9A-Fa-f:.]+(%[\w.-]+)?")
SOCKET = re.compile(r"/[\w./@+-]{1,106}")  # the kernel takes no longer path of a socket
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file asks for."""

    integration: str
    address: str = ""
    container: Annotated[str, msgspec.Meta(pattern=r"^$|" + NAME)] = ""
    user: str = ""
    password_file: str = ""
    database: str = ""
    labels: dict[str, str] = {}
    path: Annotated[str, msgspec.Meta(pattern=r"^$|^/[!-~]{0,511}$")] = ""
    scheme: Literal["", "http", "https"] = ""
    server_name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.-]{0,253}$")] = ""
    ca_file: str = ""

    @property
    def login(self) -> LoginFile:
        """The login of the server."""
        return LoginFile(self.user, Path(self.password_file) if self.password_file else None, self.database)

    def server(self) -> tuple[str, int]:
        """Return (host, port) of the address; raise ValueError."""
        return split_address(self.address)

    def reach(self, host: str, port: int, path: str, scheme: str) -> Server:
        """Return how the server at this place is asked; the file's path and scheme win."""
        authority = Path(self.ca_file) if self.ca_file else None
        return Server(host, port, self.path or path, self.scheme or scheme, self.server_name, authority)


def list_asked(files: Iterable[Asked]) -> set[tuple[str, int | None]]:
    """Return (integration, port) of what each file asks for, without a port for a container's."""
    return {(file.integration, file.server()[1] if file.address else None) for file in files}


class AskingFiles(Protocol):
    """Who knows what files ask for."""

    known: Known

    def read(self) -> dict[str, Asked]:
        """Return what is asked for now, by the names of the files."""

    def of_containers(self) -> Mapping[str, Asked]:
        """Return what files say of containers' servers, by container."""


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

    def of_containers(self) -> Mapping[str, Asked]:
        """Return what files say of containers' servers, by container, as far as they were read."""
        known = (asked for _, asked in self._read.values() if asked is not None)
        return {asked.container: asked for asked in known if asked.container}

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
        place, problem = _find_superfluous(asked, self.known.all[asked.integration].manifest)
        if problem:
            raise file.problem((place,), problem)
        return asked


def _find_superfluous(asked: Asked, manifest: "Manifest") -> tuple[str, str]:
    """Return a key that would change nothing, and what is expected; two empty texts where there is none."""
    name = asked.integration
    superfluous: tuple[str, ...] = ("user", "password_file", "container", "server_name", "ca_file")
    if manifest.check is not None:
        of_page: tuple[str, ...] = () if manifest.check.scheme else ("scheme", "server_name", "ca_file")
        superfluous = of_page if manifest.check.path else ("path", *of_page)
    place = next((key for key in superfluous if getattr(asked, key)), "")
    if not place:
        return "", ""
    if manifest.endpoint is None:
        return place, f"{name} is checked by the exporter: expected it only with an endpoint"
    if place == "container":
        return place, f"{name} needs no login: expected the container's label alone"
    return place, f"Prometheus itself asks {name}, without a login: expected an endpoint that wants none"


def split_address(address: str) -> tuple[str, int]:
    """Return (host, port) of HOST:PORT, and of a unix socket its path and 0; raise ValueError."""
    if SOCKET.fullmatch(address):
        return address, 0
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not HOST.fullmatch(host) or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"address {address!r}: expected HOST:PORT, or the path of a unix socket")
    return host, int(port)


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns
