"""Runbooks: the list of all alerts, and the page of each."""

from collections.abc import Mapping
from typing import Any

import flask
import markupsafe
from markdown_it import MarkdownIt

from vigie.console.web.page_context import PageContext, render


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the pages on the application."""

    @web.get("/runbooks/")
    def all_runbooks() -> flask.Response:
        names = sorted(context.runbooks.keys() | context.rules.keys())
        return render(
            "runbooks.html", "Runbooks", {}, found=[(name, _severity(context.rules.get(name, {}))) for name in names]
        )

    @web.get("/runbooks/<name>")
    def one_runbook(name: str) -> flask.Response:
        path = context.runbooks.get(name)
        if path is None:
            flask.abort(404, f"No runbook has the name {name!r}: the site folder's runbooks/ may bring it.")
        text = markdown(path.read_text(errors="replace"))
        return render("runbook.html", name, {}, text=text, rule=context.rules.get(name, {}), name=name)


def markdown(text: str) -> markupsafe.Markup:
    """Return Markdown as HTML; HTML in it stays text, and links lead only where a browser may follow."""
    return markupsafe.Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))  # noqa: S704 - made by the renderer, which escapes


def _severity(rule: Mapping[str, Any]) -> str:
    return str(rule.get("labels", {}).get("severity", ""))
