"""What integrations watch, how each server stands, and what looks like known software that nobody watches."""

import flask

from vigie.console.data import integrations as data
from vigie.console.data.cache import read_all
from vigie.console.data.unwatched import propose
from vigie.console.web import filtering
from vigie.console.web.page import Page
from vigie.console.web.page_context import PageContext, render
from vigie.console.web.query_params import limit_rows, query_param

PAGE = Page(title="Integrations", address="/integrations", menu=35)


def show(context: PageContext) -> flask.Response:
    """Return the page."""
    known = context.integrations
    readings = read_all(data.start_queries(context.sources, known, with_proposals=True))
    answers = data.take(readings)
    watched = data.to_watched(answers, known)
    chosen = filtering.parse(query_param("q"))
    rows = [row for row in watched if chosen.test(row)]
    return render(
        "integrations.html",
        PAGE.title,
        readings,
        rows=limit_rows(rows, context.settings.rows),
        matching=len(rows),
        total=len(watched),
        chosen=chosen,
        names=data.TAGS,
        states=data.STATES,
        proposals=propose(answers, known),
        known=known,
        context=context,
    )
