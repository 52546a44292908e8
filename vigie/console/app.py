"""The console's web application: who comes in, security headers, errors as pages, and the pages themselves."""

import functools
import time
from pathlib import Path
from typing import Any

import flask
import jinja2
from werkzeug.exceptions import HTTPException

from vigie.console import chart_data, page_registry
from vigie.console.web import assets, counters, links, units
from vigie.console.web.compression import compress
from vigie.console.web.page_context import FRAGMENT, PageContext, identity
from vigie.core.errors import ProblemError
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
MAX_FORM_BYTES = 16_384
TEMPLATES = Path(__file__).parent / "templates"


def create_app(context: PageContext) -> flask.Flask:
    """Return the application; GET changes nothing anywhere. Raise ProblemError when a page lacks something."""
    web = flask.Flask(__name__, static_folder=None)
    web.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    web.jinja_loader = jinja2.FileSystemLoader([TEMPLATES, page_registry.FOLDER])
    web.jinja_env.trim_blocks = web.jinja_env.lstrip_blocks = True
    web.jinja_env.filters.update(moment=units.moment, ago=units.ago)
    web.jinja_env.globals.update(links=links, show=units.show)
    files = assets.load()
    metrics = counters.Counters(context.sources.cache)

    _add_access_control(web, context, metrics)
    _add_error_pages(web)
    _add_files(web, files, metrics)
    chart_data.add_routes(web, context)
    _add_pages(web, context, files)
    return web


def _add_pages(web: flask.Flask, context: PageContext, files: dict[str, assets.Asset]) -> None:
    pages = page_registry.load_page_files()
    problems = page_registry.find_problems(pages)
    if problems:
        raise ProblemError("; ".join(map(str, problems)))
    menu = page_registry.list_menu(pages)
    for file in pages:
        if file.page and file.show:
            web.add_url_rule(file.page.address, file.name, functools.partial(file.show, context), methods=["GET"])
        if file.add_forms:
            file.add_forms(web, context)

    @web.context_processor
    def template_values() -> dict[str, Any]:
        user = identity()
        theme = flask.request.cookies.get("theme", "")
        return {
            "asset": lambda name: f"/static/{name}?{files[name].digest}" if name in files else "",
            "csrf": context.authenticator.token(user),
            "identity": user,
            "menu": menu,
            "refresh_interval": context.settings.refresh_interval,
            "theme": theme if theme in THEMES else "",
        }


def _add_access_control(web: flask.Flask, context: PageContext, metrics: counters.Counters) -> None:
    """Let in who may come in, and put the security headers on every answer."""
    gate = context.authenticator.gate

    @web.before_request
    def authenticate() -> flask.Response | None:
        flask.g.began = time.perf_counter()
        if flask.request.path == "/-/healthy":
            return None
        user = context.authenticator.authenticate(flask.request.environ)
        if isinstance(user, Refusal):
            return _refuse(user)
        flask.g.identity = user
        return None

    @web.after_request
    def finish(answer: flask.Response) -> flask.Response:
        for name, value in {**HEADERS, **dict(gate.headers if gate else ())}.items():
            answer.headers[name] = value
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers.add("Vary", f"Accept-Encoding, {FRAGMENT}")
        metrics.count_answer(answer.status_code, time.perf_counter() - flask.g.began)
        return compress(answer)


def _add_error_pages(web: flask.Flask) -> None:
    @web.errorhandler(HTTPException)
    def show_error(error: HTTPException) -> flask.Response | HTTPException:
        if not hasattr(flask.g, "identity"):
            return error
        text = flask.render_template("error.html", layout="base.html", title=error.name, source_errors=[], error=error)
        return flask.Response(text, error.code, content_type="text/html; charset=utf-8")


def _add_files(web: flask.Flask, files: dict[str, assets.Asset], metrics: counters.Counters) -> None:
    """Put scripts and styles, and what machines ask for, on the application."""

    @web.get("/static/<path:name>")
    def static(name: str) -> flask.Response:
        return assets.answer(files, name)

    @web.get("/-/healthy")
    def healthy() -> flask.Response:
        return flask.Response("ok\n", content_type="text/plain")

    @web.get("/metrics")
    def own_metrics() -> flask.Response:
        return flask.Response(metrics.page(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _refuse(refusal: Refusal) -> flask.Response:
    answer = flask.Response(refusal.reason + "\n", refusal.status, content_type="text/plain")
    for name, value in refusal.headers:
        answer.headers[name] = value
    return answer
