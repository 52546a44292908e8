"""Answers what charts in the browser fetch: the values of a chart, or of an expression, over a time."""

import time
from typing import Any

import flask
import msgspec

from vigie.console.data import charts
from vigie.console.data.cache import Reading, read_all
from vigie.console.data.plotting import align, name_series
from vigie.console.data.prometheus import Series
from vigie.console.queries.charts import SETS
from vigie.console.web import timerange
from vigie.console.web.page_context import PageContext, source_errors
from vigie.console.web.query_params import expression_param, query_param, time_range_param


def add_routes(web: flask.Flask, context: PageContext) -> None:
    """Put the addresses on the application."""

    @web.get("/data/chart")
    def chart() -> flask.Response:
        return _answer_chart(context)

    @web.get("/data/expression")
    def expression() -> flask.Response:
        return _answer_expression(context)


def _answer_chart(context: PageContext) -> flask.Response:
    kind = query_param("kind")
    chart = SETS.get(kind, {}).get(query_param("chart"))
    if chart is None:
        flask.abort(404)
    chosen = time_range_param()
    select = charts.selector(kind, flask.request.args)
    pending = {
        str(index): context.sources.query_range(charts.fill(line.expression, select, chosen.window), chosen.range)
        for index, line in enumerate(chart.lines)
    }
    readings = read_all(pending)
    named = [
        (charts.legend(line, series.labels), series)
        for index, line in enumerate(chart.lines)
        for series in readings[str(index)].value or ()
    ]
    facts = {"unit": chart.unit, "stacked": chart.is_stacked, "highest": chart.highest}
    return _answer(chosen, named, readings, facts)


def _answer_expression(context: PageContext) -> flask.Response:
    chosen = time_range_param()
    readings = read_all({"series": context.sources.query_range(expression_param(), chosen.range)})
    every_series = readings["series"].value or []
    named = list(zip(name_series(every_series), every_series, strict=True))
    return _answer(chosen, named, readings, {"unit": "plain", "stacked": False, "highest": None})


def _answer(
    chosen: timerange.Chosen,
    named: list[tuple[str, Series]],
    readings: dict[str, Reading[Any]],
    facts: dict[str, Any],
) -> flask.Response:
    body = {
        **align(named, chosen.range),
        **facts,
        "start": chosen.start,
        "end": chosen.end,
        "source_errors": source_errors(readings, time.time()),
    }
    return flask.Response(msgspec.json.encode(body), content_type="application/json")
