"""What charts fetch: the values of one chart, or of an expression, over a time."""

import time
from typing import Any

import flask
import msgspec

from vigie.console.data import charts
from vigie.console.data.cache import Reading
from vigie.console.data.plotting import aligned, telling
from vigie.console.data.prometheus import Series
from vigie.console.pages.reading import query_param, read_all, time_range
from vigie.console.web import timerange
from vigie.console.web.page_context import PageContext, troubles

LONGEST_EXPRESSION = 4000


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the addresses on the application."""

    @web.get("/data/chart")
    def chart() -> flask.Response:
        kind = query_param("kind")
        found = charts.SETS.get(kind, {}).get(query_param("chart"))
        if found is None:
            flask.abort(404)
        chosen = time_range()
        select = charts.selector(kind, flask.request.args)
        pending = {
            str(index): context.sources.query_range(charts.filled(line, select, chosen.window), chosen.range)
            for index, line in enumerate(found.lines)
        }
        readings = read_all(pending)
        named = [
            (charts.legend(line, one.labels), one)
            for index, line in enumerate(found.lines)
            for one in readings[str(index)].value or ()
        ]
        facts = {"unit": found.unit, "stacked": found.is_stacked, "highest": found.highest}
        return _answer(chosen, named, readings, facts)

    @web.get("/data/expression")
    def expression() -> flask.Response:
        chosen = time_range()
        text = flask.request.args.get("expr", "")[:LONGEST_EXPRESSION]
        readings = read_all({"it": context.sources.query_range(text, chosen.range)})
        found = readings["it"].value or []
        named = list(zip(telling(found), found, strict=True))
        return _answer(chosen, named, readings, {"unit": "plain", "stacked": False, "highest": None})


def _answer(
    chosen: timerange.Chosen,
    named: list[tuple[str, Series]],
    readings: dict[str, Reading[Any]],
    facts: dict[str, Any],
) -> flask.Response:
    said = {
        **aligned(named, chosen.range),
        **facts,
        "start": chosen.start,
        "end": chosen.end,
        "troubles": troubles(readings, time.time()),
    }
    return flask.Response(msgspec.json.encode(said), content_type="application/json")
