"""Metrics: search the catalogue, plot an expression."""

import flask

from vigie.console.data.catalogue import COUNTS, expression, matching, metrics
from vigie.console.data.plotting import series_name
from vigie.console.pages.data import LONGEST_EXPRESSION
from vigie.console.pages.reading import query_param, read_all, time_range
from vigie.console.web import timerange
from vigie.console.web.page_context import PageContext, render

MOST_METRICS = 100
MOST_ROWS = 100


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the page on the application."""

    @web.get("/explore")
    def explore() -> flask.Response:
        text = flask.request.args.get("expr", "").strip()[:LONGEST_EXPRESSION]
        words = query_param("q").strip()
        plot = {"now": context.sources.query(text)} if text else {}
        readings = read_all({"metadata": context.sources.metadata(), "counts": context.sources.query(COUNTS), **plot})
        plotted = readings.pop("now", None)
        every = metrics(readings["metadata"].value, readings["counts"].value)
        found = matching(every, words)
        samples = plotted.value or [] if plotted and not plotted.error else []
        return render(
            "explore.html",
            "Metrics",
            readings,
            expression=text,
            error=plotted.error if plotted else "",
            samples=[(series_name(one.labels.items()), one.value) for one in samples[:MOST_ROWS]],
            sampled=len(samples),
            words=words,
            metrics=[(one, expression(one)) for one in found[:MOST_METRICS]],
            matching=len(found),
            total=len(every),
            chosen=time_range(),
            ranges=timerange.CHOICES,
        )
