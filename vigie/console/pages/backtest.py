"""The back-test of one alert: when it would have fired, also with another limit."""

import functools
from collections.abc import Sequence

import flask

from alerting.backtest import limits as backtest_limits
from alerting.backtest import report
from alerting.backtest.rules import Rule
from alerting.routes import desired, tree
from alerting.routes.reaching import find_receivers
from alerting.rules.limited_alerts import THRESHOLDS
from alerting.thresholds import reading
from vigie.console.data.backtests import Answer, Question, find_rules
from vigie.console.data.cache import read_all
from vigie.console.web.page import NOT_IN_MENU, Page
from vigie.console.web.page_context import PageContext, render
from vigie.console.web.query_params import choice_param, query_param
from vigie.core.errors import ProblemError

PAGE = Page(title="Back-test", address="/backtest/<name>", menu=NOT_IN_MENU)
DAYS = ("1", "7")
SHOWN = 200


def show(context: PageContext, name: str) -> flask.Response:
    """Return the form, and the back-test once somebody asks for one; answer 404 for an alert that is not there."""
    readings = dict(read_all({"rules": context.sources.rules()}))
    rules = find_rules(readings["rules"].value, name)
    if readings["rules"].value is not None and not rules:
        flask.abort(404, f"Prometheus has no alert of the name {name!r}.")
    takes_limit = any(backtest_limits.takes_limit(rule) for rule in rules)
    days, number, problem, results = choice_param("days", DAYS), query_param("limit").strip(), "", []
    try:
        question = Question(rules, int(days), _limit(name, number) if takes_limit else None) if days else None
        if question and rules:
            limits = reading.load(context.site)
            readings |= read_all({"backtest": context.sources.backtest(question, limits)})
            answer = readings["backtest"].value
            results = _results(context, answer) if answer else []
    except ProblemError as error:
        problem = str(error).removeprefix("--limit ")
    unit = THRESHOLDS[name].unit.name if takes_limit else ""
    values = {"days": days or DAYS[0], "choices": DAYS, "number": number, "unit": unit}
    return render("backtest.html", name, readings, name=name, problem=problem, results=results, shown=SHOWN, **values)


def _results(context: PageContext, answer: Answer) -> list[tuple[Rule, str, str, Sequence[report.Row]]]:
    """Return for each rule: how often it fires, how often today's does when that is another one, and each time."""
    routes, downtimes, _ = desired.load(context.site)
    receivers = functools.partial(find_receivers, tree.render(routes, downtimes))
    shown = report.Report(answer.comparisons, answer.times, receivers)
    return [
        (
            comparison.today.rule,
            report.summarise((comparison.changed or comparison.today).firings, answer.times),
            report.summarise(comparison.today.firings, answer.times) if comparison.changed else "",
            report.list_rows(comparison, shown),
        )
        for comparison in answer.comparisons
    ]


def _limit(name: str, number: str) -> float | None:
    """Return the limit that the form has, if any; raise UsageProblemError for what can be none."""
    return backtest_limits.parse_limit(f"{name}={number}")[1] if number else None
