"""Reads the Docker Engine API, or podman's compatible one: GET alone, of the few paths that are needed.

The socket is root's power over the machine. Nothing here can change anything behind it: there is no other method,
and a path that is not on the list is never sent. https://docs.docker.com/reference/api/engine/
"""

import re
import socket
from contextlib import closing
from time import monotonic
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from exporter.base.wire import Wire
from vigie.core.errors import UsageProblemError

T = TypeVar("T")
OLDEST = (1, 24)
NEWEST = (1, 51)  # what is read here is the same in all between; a newer daemon is asked in this version's words
ALLOWED = re.compile(
    r"/version|/_ping|/v\d+\.\d+/(?:events\?filters=[^/&]*|containers/json\?all=1|containers/[0-9a-f]{64}/json)"
)
EVENTS = (
    "create", "start", "die", "died", "stop", "oom", "health_status", "rename", "pause", "unpause", "update", "destroy",
    "remove",
)  # fmt: skip  # `died` and `remove` are podman's words
DEFAULT_PORT = 2375


class StatusError(OSError):
    """The daemon answered with another status than 200; `status` is it."""

    def __init__(self, path: str, status: int, text: str) -> None:
        super().__init__(f"GET {path}: status {status}: {text}")
        self.status = status


class Address(NamedTuple):
    """Where the daemon listens: a unix socket's path, or a host and port."""

    path: str
    host: str = ""
    port: int = 0


class Client:
    """Asks one daemon; each request has a connection of its own and ends by its deadline.

    Methods raise OSError (TimeoutError and StatusError among them) and ValueError for an answer that is not what the
    API says (msgspec.ValidationError among them).
    """

    def __init__(self, url: str, timeout_seconds: float = 5.0) -> None:
        self.url = url
        self.address = parse_url(url)
        self._timeout_seconds = timeout_seconds
        self._prefix = ""
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        self._host = f"{host}:{self.address.port}" if host else "docker"

    def negotiate(self) -> str:
        """Ask for the daemon's API version, use the newest that both know, and return it."""
        answer = self._json("/version", dict[str, Any])
        version = choose_version(str(answer.get("ApiVersion", "")), str(answer.get("MinAPIVersion") or ""))
        self._prefix = f"/v{version}"
        return version

    def ping(self) -> None:
        """Return when the daemon answers; raise when it doesn't in time."""
        self._get("/_ping")

    def list_ids(self) -> list[str]:
        """Return the ids of all containers, the stopped ones too."""
        return [container.Id for container in self._json(f"{self._prefix}/containers/json?all=1", list[_Listed])]

    def inspect(self, container_id: str, kind: type[T]) -> T:
        """Return what the daemon knows of one container, as `kind`."""
        return self._json(f"{self._prefix}/containers/{container_id}/json", kind)

    def events(self) -> "Events":
        """Return the stream of the containers' events from now on; the caller closes it."""
        filters = quote(msgspec.json.encode({"type": ["container"], "event": list(EVENTS)}), safe="")
        end = monotonic() + self._timeout_seconds
        path = f"{self._prefix}/events?filters={filters}"
        wire = self._ask(path, end)
        return Events(wire)

    def _json(self, path: str, kind: type[T]) -> T:
        return msgspec.json.decode(self._get(path), type=kind)

    def _get(self, path: str) -> bytes:
        end = monotonic() + self._timeout_seconds
        with closing(self._ask(path, end)) as wire:
            return wire.body(end)

    def _ask(self, path: str, end: float) -> Wire:
        """Return the connection on which the body of the answer to `path` follows, its status being 200."""
        if not ALLOWED.fullmatch(path):
            raise ValueError(f"{path[:200]!r} is not among the paths that may be asked for")
        wire = Wire(_connect(self.address, self._timeout_seconds))
        try:
            status = wire.get(path, self._host, end)
            _require_ok(wire, path, status, end)
        except BaseException:
            wire.close()
            raise
        return wire


class _Actor(msgspec.Struct, frozen=True):
    """Whom an event is about."""

    ID: str = ""


class Event(msgspec.Struct, frozen=True):
    """What happened to which container; names are the API's."""

    Action: str = ""
    Actor: _Actor = _Actor()


class Events:
    """The events stream: one JSON object a line."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rest = b""

    def next(self, timeout_seconds: float) -> list[Event]:
        """Return the events that have come, perhaps none when one has come in part.

        Raises TimeoutError after `timeout_seconds` of silence and can be called again then; ConnectionError when the
        stream has ended; ValueError when it is no events.
        """
        part = self._wire.next_part(monotonic() + timeout_seconds)
        if not part:
            raise ConnectionResetError("the daemon has ended the events")
        *lines, self._rest = (self._rest + part).split(b"\n")
        return [msgspec.json.decode(line, type=Event) for line in lines if line.strip()]

    def interrupt(self) -> None:
        """Make a `next` that another thread waits in raise at once."""
        self._wire.interrupt()

    def close(self) -> None:
        """End the stream."""
        self._wire.close()


class _Listed(msgspec.Struct):
    Id: str


def parse_url(url: str) -> Address:
    """Return what `unix:///PATH`, `tcp://HOST:PORT` or `http://HOST:PORT` names; raise UsageProblemError."""
    parts = urlsplit(url)
    try:
        if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
            return Address(parts.path)
        if parts.scheme in {"tcp", "http"} and parts.hostname:
            return Address("", parts.hostname, parts.port or DEFAULT_PORT)
    except ValueError:
        pass  # a port that is no number
    raise UsageProblemError(f"docker {url!r}: expected unix:///PATH, tcp://HOST:PORT or http://HOST:PORT")


def choose_version(newest: str, oldest: str) -> str:
    """Return the API version to ask in, given the daemon's newest and oldest ("" when it tells none).

    Raises ValueError when the daemon is older than 1.24, or tells no version.
    """
    theirs = _version(newest)
    if theirs < OLDEST:
        raise ValueError(f"expected an Engine API of 1.24 or newer (Docker 1.12), got {newest}")
    chosen = min(theirs, NEWEST)
    if oldest:
        chosen = max(chosen, _version(oldest))
    return f"{chosen[0]}.{chosen[1]}"


def _require_ok(wire: Wire, path: str, status: int, end: float) -> None:
    if status != 200:
        text = wire.body(end)[:200].decode("utf-8", "replace").strip()
        raise StatusError(path.partition("?")[0], status, text)


def _version(text: str) -> tuple[int, int]:
    version = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", text)
    if not version:
        raise ValueError(f"expected an API version like 1.41, got {text[:40]!r}")
    return int(version[1]), int(version[2])


def _connect(address: Address, timeout_seconds: float) -> socket.socket:
    if not address.path:
        return socket.create_connection((address.host, address.port), timeout_seconds)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_seconds)
        connection.connect(address.path)
    except BaseException:
        connection.close()
        raise
    return connection
