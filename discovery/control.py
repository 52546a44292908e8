"""A unix socket of mode 0600 in the output folder: by it an operator changes the bridge's state, or reads it."""

import contextlib
import os
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import structlog

from discovery.bridge import Bridge
from discovery.publishing.listing import list_targets
from discovery.targets.target import service_of
from vigie.core.errors import ProblemError
from vigie.core.supervised_thread import keep_running

log = structlog.get_logger()

NAME = "control.sock"
TIMEOUT_SECONDS = 10.0
REQUEST_MAX_BYTES = 4096


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`show`, `release` of a job (none: all), or `drop` of an instance, service ID or host."""

    verb: Literal["show", "release", "drop"]
    name: str | None = None


class Control(threading.Thread):
    """Answers one request after the other: one line of JSON each way."""

    def __init__(self, folder: Path, bridge: Bridge) -> None:
        """Listen in `folder`; raise OSError."""
        super().__init__(daemon=True)
        self._bridge = bridge
        self._socket = _listen(folder)

    def run(self) -> None:
        """Answer until `close`."""
        keep_running("control", self._answer_for_ever, self._bridge.counters.count_restart)

    def _answer_for_ever(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def close(self) -> None:
        """Listen no longer."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self.join(TIMEOUT_SECONDS)
        self._socket.close()

    def _answer(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(TIMEOUT_SECONDS)
            request = msgspec.json.decode(_read_line(connection, REQUEST_MAX_BYTES), type=Request)
            connection.sendall(msgspec.json.encode(self._answer_to(request)) + b"\n")
        except (OSError, msgspec.DecodeError) as error:
            log.warning("control request failed", detail=str(error))

    def _answer_to(self, request: Request) -> Any:
        try:
            return self._do(request)
        except queue.Empty:
            log.warning("control request not done yet", verb=request.verb)
            return {"error": f"the bridge is busy and has not done it within {TIMEOUT_SECONDS:g} s; it will"}

    def _do(self, request: Request) -> Any:
        if request.verb == "show":
            return list_targets(self._bridge.snapshot())
        log.info("control", verb=request.verb, name=request.name)
        if request.verb == "release":
            service = None if request.name is None else service_of(request.name)
            return {"count": self._in_loop(lambda: self._bridge.release(service))}
        return {"count": self._in_loop(lambda: self._bridge.drop(request.name or ""))}

    def _in_loop(self, action: Callable[[], int]) -> int:
        reply: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._bridge.post_urgent(lambda: reply.put(action()))
        return reply.get(timeout=TIMEOUT_SECONDS)


def request(output: Path, order: Request) -> dict[str, Any]:
    """Return what the bridge that writes `output` answers; raise ProblemError when none does."""
    try:
        with socket.socket(socket.AF_UNIX) as connection, _short_name(output / ".state") as folder:
            connection.settimeout(2 * TIMEOUT_SECONDS)
            connection.connect(f"{folder}/{NAME}")
            connection.sendall(msgspec.json.encode(order) + b"\n")
            answer: dict[str, Any] = msgspec.json.decode(_read_line(connection))
    except (OSError, msgspec.DecodeError) as error:
        raise ProblemError(
            f"no bridge answers at {output / '.state' / NAME}: {error}; expected a running `vigie discovery` with "
            "this --output, started by this user"
        ) from error
    if "error" in answer:
        raise ProblemError(answer["error"])
    return answer


def _read_line(connection: socket.socket, max_bytes: int | None = None) -> bytes:
    with connection.makefile("rb") as file:
        return file.readline() if max_bytes is None else file.readline(max_bytes)


def _listen(folder: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    try:
        with _short_name(folder) as short_folder:
            temporary = f"{short_folder}/{NAME}.{os.getpid()}"
            Path(temporary).unlink(missing_ok=True)
            listener.bind(temporary)
            Path(temporary).chmod(0o600)  # before anybody can connect: nobody listens yet
            listener.listen()
            Path(temporary).replace(f"{short_folder}/{NAME}")
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _short_name(folder: Path) -> Iterator[str]:
    """Yield a name of a folder that fits into a socket's address, which holds 107 bytes (unix(7))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
