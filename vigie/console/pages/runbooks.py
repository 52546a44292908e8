"""The list of all runbooks."""

import flask

from vigie.console.web.page import Page
from vigie.console.web.page_context import PageContext, render

PAGE = Page(title="Runbooks", address="/runbooks/", menu=70)


def show(context: PageContext) -> flask.Response:
    """Return the page: each alert that has a runbook or a rule, with its severity."""
    names = sorted(context.runbooks.keys() | context.rules.keys())
    severities = [(name, (context.rules.get(name, {}).get("labels") or {}).get("severity", "")) for name in names]
    return render("runbooks.html", PAGE.title, {}, runbooks=severities)
