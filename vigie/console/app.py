"""The console's web application: who comes in, security headers, errors as pages, and the pages themselves."""

import gzip
import time
from typing import Any

import flask
from werkzeug.exceptions import HTTPException

from vigie.console import pages
from vigie.console.web import assets, counters, links, units
from vigie.console.web.page_context import FRAGMENT, PageContext, identity
from vigie.core.web_config.gate import Refusal

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
THEMES = frozenset({"dark", "light"})
WORTH_ZIPPING = 1000
LARGEST_FORM = 16_384
NAVIGATION = (
    ("/", "Map"),
    ("/hosts", "Hosts"),
    ("/containers", "Containers"),
    ("/alerts", "Alerts"),
    ("/discovery", "Discovery"),
    ("/explore", "Metrics"),
    ("/runbooks/", "Runbooks"),
)


def app(context: PageContext) -> flask.Flask:
    """Return the application; GET changes nothing anywhere."""
    web = flask.Flask(__name__, static_folder=None)
    web.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    web.jinja_env.trim_blocks = web.jinja_env.lstrip_blocks = True
    web.jinja_env.filters.update(moment=units.moment, ago=units.ago)
    web.jinja_env.globals.update(links=links, show=units.show)
    files = assets.load()
    counted = counters.Counters(context.sources.cache)

    _guard(web, context, counted)
    _explain(web, context, files)
    _serve(web, files, counted)
    for add in pages.ALL:
        add(web, context)
    return web


def _guard(web: flask.Flask, context: PageContext, counted: counters.Counters) -> None:
    """Let in who may come in, and put the security headers on every answer."""

    @web.before_request
    def enter() -> flask.Response | None:
        flask.g.began = time.perf_counter()
        if flask.request.path == "/-/healthy":
            return None
        found = context.authenticator.authenticate(flask.request.environ)
        if isinstance(found, Refusal):
            return _refused(found)
        flask.g.identity = found
        return None

    @web.after_request
    def finish(answer: flask.Response) -> flask.Response:
        for name, value in {
            **HEADERS,
            **dict(context.authenticator.gate.headers if context.authenticator.gate else ()),
        }.items():
            answer.headers[name] = value
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers.add("Vary", f"Accept-Encoding, {FRAGMENT}")
        counted.answered(answer.status_code, time.perf_counter() - flask.g.began)
        return _zipped(answer)


def _explain(web: flask.Flask, context: PageContext, files: dict[str, assets.Asset]) -> None:
    """Show errors as pages, and tell the templates what they may use."""

    @web.errorhandler(HTTPException)
    def failed(error: HTTPException) -> flask.Response | HTTPException:
        if not hasattr(flask.g, "identity"):
            return error
        text = flask.render_template("error.html", layout="base.html", title=error.name, troubles=[], error=error)
        return flask.Response(text, error.code, content_type="text/html; charset=utf-8")

    @web.context_processor
    def known() -> dict[str, Any]:
        return _known(context, files)


def _serve(web: flask.Flask, files: dict[str, assets.Asset], counted: counters.Counters) -> None:
    """Put the files and what machines ask for on the application."""

    @web.get("/static/<path:name>")
    def static(name: str) -> flask.Response:
        return _static(files, name)

    @web.get("/-/healthy")
    def healthy() -> flask.Response:
        return flask.Response("ok\n", content_type="text/plain")

    @web.get("/metrics")
    def metrics() -> flask.Response:
        return flask.Response(counted.page(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _known(context: PageContext, files: dict[str, assets.Asset]) -> dict[str, Any]:
    """Return what every template may use."""
    who = identity()
    theme = flask.request.cookies.get("theme", "")
    return {
        "asset": lambda name: f"/static/{name}?{files[name].mark}" if name in files else "",
        "csrf": context.authenticator.token(who),
        "identity": who,
        "navigation": NAVIGATION,
        "refresh_interval": context.settings.refresh_interval,
        "theme": theme if theme in THEMES else "",
    }


def _refused(refusal: Refusal) -> flask.Response:
    answer = flask.Response(refusal.reason + "\n", refusal.status, content_type="text/plain")
    for name, value in refusal.headers:
        answer.headers[name] = value
    return answer


def _static(files: dict[str, assets.Asset], name: str) -> flask.Response:
    found = files.get(name)
    if found is None:
        flask.abort(404)
    is_zipped = "gzip" in flask.request.headers.get("Accept-Encoding", "")
    answer = flask.Response(found.zipped if is_zipped else found.body, content_type=found.content_type)
    if is_zipped:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # its address has a mark of its content
    return answer


def _zipped(answer: flask.Response) -> flask.Response:
    takes = "gzip" in flask.request.headers.get("Accept-Encoding", "")
    if not takes or answer.is_streamed or "Content-Encoding" in answer.headers:
        return answer
    body = answer.get_data()
    if len(body) >= WORTH_ZIPPING:
        answer.set_data(gzip.compress(body, 3, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
