"""The back-test of an alert that Prometheus has loaded, with a limit of its own or another one."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from alerting.backtest.history import History
from alerting.backtest.limits import Limits, apply_limits, change_limit
from alerting.backtest.rules import Rule
from alerting.backtest.run import Comparison, Times, find_times, run
from vigie.core.http.client import HttpClient

LONGEST_SECONDS = 20.0  # a browser waits for it, and Prometheus has others to serve


class Question(NamedTuple):
    """Which rules, over how many days, and which limit instead of today's, if any."""

    rules: Sequence[Rule]
    days: int
    limit: float | None


class Answer(NamedTuple):
    """What each rule would have done, and over which time."""

    comparisons: Sequence[Comparison]
    times: Times


def find_rules(groups: Any, name: str) -> list[Rule]:
    """Return the alerts of that name among the rule groups as Prometheus tells them."""
    return [
        Rule(
            name,
            str(group["file"]).rpartition("/")[2],
            str(group["name"]),
            str(rule["query"]),
            _milliseconds(group["interval"]),
            _milliseconds(rule.get("duration", 0)),
            _milliseconds(rule.get("keepFiringFor", 0)),
            rule.get("labels") or {},
        )
        for group in (groups or {}).get("groups", ())
        for rule in group["rules"]
        if rule.get("type") == "alerting" and rule["name"] == name
    ]


def ask(server: HttpClient, question: Question, limits: Limits) -> Answer:
    """Return the back-test; raise FetchError, also when it takes too long."""
    history = History(server)
    deadline = time.monotonic() + LONGEST_SECONDS

    def require_time(_steps: int) -> None:
        if time.monotonic() > deadline:
            raise server.unexpected(
                f"the back-test takes longer than {LONGEST_SECONDS:.0f} s: take one day, or `vigie alert backtest`"
            )

    times = find_times(history, question.days, time.time())
    comparisons = []
    for rule in question.rules:
        today = run(history, apply_limits(rule, limits), times, require_time)
        changed = None
        if question.limit is not None:
            other = change_limit(limits, rule.name, question.limit)
            changed = run(history, apply_limits(rule, other), times, require_time)
        comparisons.append(Comparison(today, changed))
    return Answer(comparisons, times)


def key_of(question: Question, limits: Limits) -> tuple[Any, ...]:
    """Return what tells a back-test from another: viewers who ask the same share an answer."""
    rules = tuple((rule.expression, rule.for_ms, rule.keep_firing_for_ms) for rule in question.rules)
    own: Mapping[str, Any] = {rule.name: limits.get(rule.name, ()) for rule in question.rules}
    return ("backtest", rules, question.days, question.limit, repr(own))


def _milliseconds(seconds: Any) -> int:
    return round(float(seconds) * 1000)
