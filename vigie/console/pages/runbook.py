"""The runbook of one alert, with its rule."""

import flask
import markupsafe
from markdown_it import MarkdownIt

from vigie.console.web.page import NOT_IN_MENU, Page
from vigie.console.web.page_context import PageContext, render

PAGE = Page(title="Runbook", address="/runbooks/<name>", menu=NOT_IN_MENU)


def show(context: PageContext, name: str) -> flask.Response:
    """Return the page of an alert's runbook; answer 404 when the alert has none."""
    path = context.runbooks.get(name)
    if path is None:
        flask.abort(404, f"No runbook has the name {name!r}. The site folder's runbooks/ may bring it.")
    text = render_markdown(path.read_text(errors="replace"))
    return render("runbook.html", name, {}, text=text, rule=context.rules.get(name, {}), name=name)


def render_markdown(text: str) -> markupsafe.Markup:
    """Return Markdown as HTML; HTML in it stays text, and links lead only where a browser may follow."""
    return markupsafe.Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))  # noqa: S704 - made by the renderer, which escapes
