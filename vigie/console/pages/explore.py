"""Metrics: search the catalogue, plot an expression."""

import flask

from vigie.console.data.cache import read_all
from vigie.console.data.catalogue import filter_metrics, plot_expression, to_metrics
from vigie.console.data.plotting import series_name
from vigie.console.queries.catalogue import COUNTS
from vigie.console.web import timerange
from vigie.console.web.page import Page
from vigie.console.web.page_context import PageContext, render
from vigie.console.web.query_params import expression_param, query_param, time_range_param

PAGE = Page(title="Metrics", address="/explore", menu=60)
MAX_METRICS = 100
MAX_ROWS = 100


def show(context: PageContext) -> flask.Response:
    """Return the page."""
    expression = expression_param().strip()
    words = query_param("q").strip()
    plot = {"plot": context.sources.query(expression)} if expression else {}
    readings = read_all({"metadata": context.sources.metadata(), "counts": context.sources.query(COUNTS), **plot})
    plotted = readings.pop("plot", None)
    metrics = to_metrics(readings["metadata"].value, readings["counts"].value)
    matching = filter_metrics(metrics, words)
    samples = plotted.value or [] if plotted and not plotted.error else []
    return render(
        "explore.html",
        PAGE.title,
        readings,
        expression=expression,
        error=plotted.error if plotted else "",
        samples=[(series_name(sample.labels.items()), sample.value) for sample in samples[:MAX_ROWS]],
        sampled=len(samples),
        words=words,
        metrics=[(metric, plot_expression(metric)) for metric in matching[:MAX_METRICS]],
        matching=len(matching),
        total=len(metrics),
        chosen=time_range_param(),
        ranges=timerange.CHOICES,
    )
