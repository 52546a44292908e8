"""The check of PHP-FPM: the status page of a pool, asked by FastCGI, under the names of phpfpm_exporter 0.6.

https://www.php.net/manual/en/fpm.status.php
https://github.com/Lusitaniae/phpfpm_exporter
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar

from exporter.base.byte_stream import ByteStream
from exporter.base.check import DeniedError, Login, Server
from exporter.exposition.text import Family, Kind, Sample, render
from exporter.parsing.items import item
from exporter.parsing.numbers import natural
from integrations.phpfpm.fastcgi import get

START_TIME_FORMAT = "%d/%b/%Y:%H:%M:%S %z"
STATUS = re.compile(r"^Status: *(\d{3}[^\r\n]{0,80})", re.MULTILINE | re.IGNORECASE)


def _family(name: str, kind: Kind, text: str) -> Family:
    return Family(f"php_fpm_{name}", kind, f"PHP-FPM: {text}.", ("socket_path",))


UP = _family("up", "gauge", "whether the status page was read")
START_TIME = _family("start_time_seconds", "gauge", "when it was started or reloaded, in seconds since 1970")
NUMBERS = {
    "accepted conn": _family("accepted_connections_total", "counter", "requests that the pool accepted"),
    "listen queue": _family("listen_queue", "gauge", "requests that wait for a process"),
    "max listen queue": _family("max_listen_queue", "gauge", "most requests that have waited since its start"),
    "listen queue len": _family("listen_queue_length", "gauge", "requests that may wait"),
    "idle processes": _family("idle_processes", "gauge", "processes that wait for a request"),
    "active processes": _family("active_processes", "gauge", "processes that answer one"),
    "total processes": _family("total_processes", "gauge", "all processes"),
    "max active processes": _family("max_active_processes", "gauge", "most active processes since its start"),
    "max children reached": _family("max_children_reached", "gauge", "how often pm.max_children was too few"),
    "slow requests": _family("slow_requests", "gauge", "requests above request_slowlog_timeout"),
}


class Check:
    """Asks one pool."""

    denied_retry_seconds: ClassVar[float] = 30.0

    def __init__(self) -> None:
        self._place = ""

    def page_when_down(self) -> bytes:
        """Return `php_fpm_up 0` of the pool that was asked last."""
        return render([Sample(UP, 0, (self._place,))])

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:  # noqa: ARG002 - it knows no login
        """Return the page; raises as `exporter.base.check.Check` says."""
        # The released exporter knows sockets alone; its later source names a port like this.
        self._place = f"tcp://{server.host}:{server.port}" if server.port else server.host
        variables = {"SCRIPT_NAME": server.path, "SCRIPT_FILENAME": server.path, "REQUEST_METHOD": "GET"}
        try:
            with ByteStream(server.host, server.port, timeout_seconds) as stream:
                answer = get(stream, variables)
        except PermissionError as error:
            raise DeniedError(
                f"{server.host}: {error.strerror}: expected a socket that the exporter may open"
            ) from None
        return render([Sample(UP, 1, (self._place,)), *_samples(answer, server.path, self._place)])


def _samples(answer: bytes, path: str, place: str) -> Iterator[Sample]:
    head, _, body = answer.decode("utf-8", "replace").partition("\r\n\r\n")
    if status := STATUS.search(head):
        raise ValueError(f"{path}: expected pm.status_path of the pool, got status {status[1]}")
    texts = dict(line.partition(":")[::2] for line in body.splitlines())
    if "pool" not in texts:
        raise ValueError(f"{path}: expected the status page of a pool, got {body[:80]!r}")
    with item("start time"):
        started = datetime.strptime(texts["start time"].strip(), START_TIME_FORMAT).astimezone(UTC)
        yield Sample(START_TIME, int(started.timestamp()), (place,))
    for key, family in NUMBERS.items():
        if key in texts:
            with item(key):
                yield Sample(family, natural(texts[key].strip()), (place,))
