"""Answers over HTTP: metrics, whether the bridge lives and is ready, the targets in http_sd's format and as a page."""

from collections.abc import Callable, Mapping

import flask
import msgspec
from cheroot.wsgi import Server

from discovery.guard.snapshot import Snapshot
from discovery.http.targets_page import listing
from discovery.publishing.groups import render, render_probes
from discovery.publishing.listing import facts
from discovery.publishing.sharding import shard
from discovery.targets import probes
from vigie.core.web_config import serving
from vigie.core.web_config.gate import Gate
from vigie.core.web_config.gated import gated

THREADS = 4
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def app(snapshot: Callable[[], Snapshot], metrics: Callable[[], bytes]) -> flask.Flask:
    """Return the application; it only ever reads snapshots."""
    web = flask.Flask(__name__, static_folder=None)

    @web.get("/metrics")
    def page() -> flask.Response:
        return flask.Response(metrics(), content_type=TEXT_FORMAT)

    @web.get("/-/healthy")
    def healthy() -> flask.Response:
        return flask.Response("ok\n", content_type="text/plain")

    @web.get("/-/ready")
    def ready() -> flask.Response:
        if snapshot().is_ready:
            return flask.Response("ready\n", content_type="text/plain")
        return _not_ready(snapshot())

    @web.get("/sd/<path:job>")
    def sd(job: str) -> flask.Response:
        return _sd(snapshot(), job, flask.request.args)

    @web.get("/targets")
    def targets() -> flask.Response:
        return flask.Response(listing(snapshot()), content_type="text/html; charset=utf-8")

    @web.get("/targets.json")
    def targets_as_json() -> flask.Response:
        return flask.Response(msgspec.json.encode(facts(snapshot())), content_type="application/json")

    return web


def _not_ready(now: Snapshot) -> flask.Response:
    awaited = ", ".join(one.dc or "the agent's own" for one in now.sites if not one.is_ready)
    text = f"waiting for the first good state of datacenter {awaited}\n"
    return flask.Response(text, 503, content_type="text/plain")


def _sd(now: Snapshot, job: str, query: Mapping[str, str]) -> flask.Response:
    if not now.is_ready:  # an empty list would take every target away from Prometheus
        return _not_ready(now)
    content = _content(now, job)
    if content is None:  # Prometheus keeps what it has
        return flask.Response(f"no service gives job {job!r}\n", 404, content_type="text/plain")
    try:
        part = shard(query)
    except ValueError as error:
        return flask.Response(f"{error}\n", 400, content_type="text/plain")
    return flask.Response(part.cut(content) if part else content, content_type="application/json")


def _content(now: Snapshot, job: str) -> bytes | None:
    """Return the bytes of a job's file, None for a job that nobody has."""
    for kind in probes.KINDS:
        if job == probes.TAG + kind:
            return render_probes((one.target for one in now.entries()), kind)
    entries = now.of_job(job)
    return None if entries is None else render(one.target for one in entries)


def server(listen_address: str, application: flask.Flask, gate: Gate | None = None) -> Server:
    """Return a server bound to HOST:PORT, behind the gate if there is one.

    Raises UsageProblemError for a bad address, ProblemError for one in use.
    """
    return serving.server(listen_address, gated(application, gate) if gate else application, gate, THREADS)
