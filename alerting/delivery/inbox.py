"""`vigie inbox`: a receiver on loopback that logs every alert, so that a firing alert is seen end to end."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import click
import msgspec
import structlog

from vigie.core import logs
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import Common, load

KEPT = 100
BODY_MAX_BYTES = 1_000_000
TEXT_MAX_CHARACTERS = 300
TIMEOUT_SECONDS = 10

log = structlog.get_logger()


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """One alert of Alertmanager's webhook; https://prometheus.io/docs/alerting/latest/configuration/#webhook_config."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: str = ""
    ends_at: str = ""


class Notification(msgspec.Struct, frozen=True):
    """What Alertmanager posts; fields that we don't show are left out."""

    alerts: tuple[Alert, ...]


def parse(body: bytes) -> Iterator[dict[str, str]]:
    """Yield the fields to show of each alert in a notification; raise msgspec.DecodeError for anything else."""
    for alert in msgspec.json.decode(body, type=Notification).alerts:
        named = {name: alert.labels.get(name, "") for name in ("alertname", "severity", "instance", "host")}
        texts = {"status": alert.status, **named, "summary": alert.annotations.get("summary", "")}
        times = {"starts_at": alert.starts_at, "ends_at": alert.ends_at}
        yield {name: plain(text) for name, text in {**texts, **times}.items()}


def plain(text: str) -> str:
    """Return `text` shortened and with control characters written out, so that a log line stays one line."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
    return shown if len(shown) <= TEXT_MAX_CHARACTERS else shown[: TEXT_MAX_CHARACTERS - 1] + "…"


class Server(ThreadingHTTPServer):
    """Listens on `address`; `alerts` are the last ones received, oldest first."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        self.alerts: deque[dict[str, str]] = deque(maxlen=KEPT)
        self.lock = threading.Lock()
        super().__init__(address, Handler)

    def receive(self, body: bytes) -> None:
        """Log and keep the alerts of one notification."""
        for alert in parse(body):
            log.info("alert", **{name: text for name, text in alert.items() if text})
            with self.lock:
                self.alerts.append(alert)


class Handler(BaseHTTPRequestHandler):
    """POST / takes a notification, GET / gives the last alerts, GET /-/healthy answers."""

    server: Server
    timeout = TIMEOUT_SECONDS

    def do_GET(self) -> None:
        """Answer with the last alerts as JSON."""
        if self.path == "/-/healthy":
            self._answer(200, "ok")
        elif self.path == "/":
            with self.server.lock:
                alerts = list(self.server.alerts)
            self._answer(200, json.dumps(alerts), "application/json")
        else:
            self._answer(404, "expected / or /-/healthy")

    def do_POST(self) -> None:
        """Take a notification; 400, 411 or 413 when it is not one."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._answer(411, "expected Content-Length")
        elif int(length) > BODY_MAX_BYTES:
            self._answer(413, f"expected at most {BODY_MAX_BYTES} bytes")
        else:
            try:
                self.server.receive(self.rfile.read(int(length)))
            except msgspec.DecodeError as error:
                self._answer(400, f"expected a notification of Alertmanager: {error}")
            else:
                self._answer(200, "ok")

    def _answer(self, code: int, text: str, content_type: str = "text/plain; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Keep quiet about requests: the alerts are the log."""


def split_address(text: str) -> tuple[str, int]:
    """Return (host, port) of `HOST:PORT`; raise UsageProblemError for anything else."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise UsageProblemError(f"--web.listen-address {text}: expected HOST:PORT, such as 127.0.0.1:9112")
    return host.strip("[]"), int(port)


@click.command()
@click.option(
    "--web.listen-address",
    "listen_address",
    default="127.0.0.1:9112",
    show_default=True,
    help="HOST:PORT to listen on.",
)
def inbox(listen_address: str) -> None:
    """Receive Alertmanager's notifications and log each alert; GET / shows the last 100 as JSON."""
    common = load("", Common, {})
    logs.configure(common.log_format, common.log_level)
    try:
        server = Server(split_address(listen_address))
    except OSError as error:
        raise ProblemError(f"can't listen on {listen_address}: {error.strerror}") from error
    with server:
        log.info("listening", address=listen_address)
        server.serve_forever()
