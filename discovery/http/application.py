"""Answers over HTTP: metrics, whether the bridge lives and is ready, the targets in http_sd's format and as a page."""

from collections.abc import Callable, Mapping

import flask
import msgspec
from cheroot.wsgi import Server

from discovery.guard.snapshot import Snapshot
from discovery.http.targets_page import render_page
from discovery.publishing.groups import render, render_probes
from discovery.publishing.listing import list_targets
from discovery.publishing.sharding import parse_shard
from discovery.targets.blackbox_probes import PROBE_KINDS, TAG_PREFIX
from vigie.core.web_config import serving
from vigie.core.web_config.gate import Gate
from vigie.core.web_config.gated import gated

THREADS = 4
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def make_application(snapshot: Callable[[], Snapshot], metrics: Callable[[], bytes]) -> flask.Flask:
    """Return the application, which only reads snapshots."""
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
        return flask.Response(render_page(snapshot()), content_type="text/html; charset=utf-8")

    @web.get("/targets.json")
    def targets_as_json() -> flask.Response:
        return flask.Response(msgspec.json.encode(list_targets(snapshot())), content_type="application/json")

    return web


def _not_ready(now: Snapshot) -> flask.Response:
    awaited = ", ".join(datacenter.dc or "the agent's own" for datacenter in now.datacenters if not datacenter.is_ready)
    text = f"waiting for the first good state of datacenter {awaited}\n"
    return flask.Response(text, 503, content_type="text/plain")


def _sd(now: Snapshot, job: str, query: Mapping[str, str]) -> flask.Response:
    if not now.is_ready:  # an empty list would take every target from Prometheus
        return _not_ready(now)
    content = _content(now, job)
    if content is None:  # on a failure Prometheus keeps what it has
        return flask.Response(f"no service has the job {job!r}\n", 404, content_type="text/plain")
    try:
        shard = parse_shard(query)
    except ValueError as error:
        return flask.Response(f"{error}\n", 400, content_type="text/plain")
    return flask.Response(shard.cut(content) if shard else content, content_type="application/json")


def _content(now: Snapshot, job: str) -> bytes | None:
    """Return the bytes of a job's file, None for a job that nobody has."""
    for kind in PROBE_KINDS:
        if job == TAG_PREFIX + kind:
            return render_probes((entry.target for entry in now.published()), kind)
    entries = now.job_entries(job)
    return None if entries is None else render(entry.target for entry in entries)


def make_server(listen_address: str, application: flask.Flask, gate: Gate | None = None) -> Server:
    """Return a server bound to HOST:PORT, behind the gate if there is one.

    Raises UsageProblemError for a bad address, ProblemError for one in use.
    """
    return serving.server(listen_address, gated(application, gate) if gate else application, gate, THREADS)
