"""Answers over HTTP: the metrics, whether the bridge lives and is ready, and the targets in http_sd's format."""

from collections.abc import Callable

import flask
from cheroot.wsgi import Server

from discovery.files import render
from discovery.metrics import Metrics, Snapshot
from discovery.targets import EXPORTER_SERVICE
from vigie.errors import ProblemError, UsageProblemError

THREADS = 4
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def app(snapshot: Callable[[], Snapshot], metrics: Metrics) -> flask.Flask:
    """Return the application; it only ever reads snapshots."""
    web = flask.Flask(__name__, static_folder=None)

    @web.get("/metrics")
    def page() -> flask.Response:
        return flask.Response(metrics.page(), content_type=TEXT_FORMAT)

    @web.get("/-/healthy")
    def healthy() -> flask.Response:
        return flask.Response("ok\n", content_type="text/plain")

    @web.get("/-/ready")
    def ready() -> flask.Response:
        if snapshot().is_ready:
            return flask.Response("ready\n", content_type="text/plain")
        return flask.Response("waiting for the first good state\n", 503, content_type="text/plain")

    @web.get("/sd/<path:job>")
    def sd(job: str) -> flask.Response:
        now = snapshot()
        if not now.is_ready:  # an empty list would take every target away from Prometheus
            return flask.Response("waiting for the first good state\n", 503, content_type="text/plain")
        entries = now.state.services.get(EXPORTER_SERVICE if job == "node" else job)
        if entries is None:  # Prometheus keeps what it has
            return flask.Response(f"no service gives job {job!r}\n", 404, content_type="text/plain")
        return flask.Response(render(one.target for one in entries.values()), content_type="application/json")

    return web


def server(listen_address: str, application: flask.Flask) -> Server:
    """Return a server bound to HOST:PORT; raise UsageProblemError for a bad address, ProblemError for one in use."""
    host, colon, port = listen_address.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise UsageProblemError(f"listen_address: {listen_address!r} is not right: expected HOST:PORT")
    made = Server((host.strip("[]") or "0.0.0.0", int(port)), application, numthreads=THREADS)  # noqa: S104 - asked for
    try:
        made.prepare()
    except OSError as error:
        raise ProblemError(f"can't listen on {listen_address}: {error}; choose another --listen-address") from error
    return made
