"""The command `vigie alert backtest`."""

import os
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import click

from alerting.backtest import limits as backtest_limits
from alerting.backtest import report
from alerting.backtest.history import History
from alerting.backtest.limits import Limits
from alerting.backtest.recordings import Recordings
from alerting.backtest.rules import Rule, choose, list_recordings, list_rules
from alerting.backtest.run import Comparison, Times, find_times, run_filled_in
from alerting.delivery.settings import HistorySettings, Settings
from alerting.routes import desired, tree
from alerting.routes.reaching import find_receivers
from alerting.thresholds import reading
from vigie.core import logs, site_folder
from vigie.core.errors import ProblemError, UsageProblemError, sentence
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.settings import Common, load, options, parse_duration_seconds
from vigie.provision.declarations import merge_rule_files
from vigie.provision.keep_going import hold_back
from vigie.reconcile.declaration import Inputs


class Request(NamedTuple):
    """What is asked: of which alert (None: of all), for how long, with which limit and `for` instead of its own."""

    name: str | None
    days: float
    limit: tuple[str, float] | None
    for_ms: int | None

    @property
    def is_changed(self) -> bool:
        """Whether something is compared with today."""
        return self.limit is not None or self.for_ms is not None


@click.command()
@options(HistorySettings, common=("prometheus", "site"))
@click.argument("rule", required=False)
@click.option(
    "--days", type=click.FloatRange(0, 400, min_open=True), default=7, show_default=True, help="How far back."
)
@click.option(
    "--limit", metavar="ALERT=NUMBER", help="Another limit than today's, for hosts that have none of their own."
)
@click.option("--for", "for_", metavar="DURATION", help="Another `for` than today's.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backtest(
    rule: str | None, *, days: float, limit: str | None, for_: str | None, as_json: bool, **flags: Any
) -> None:
    """Put alerts to the history of Prometheus: when RULE, or each rule, would have fired, and who would have heard.

    With --limit or --for it shows the difference to today's.
    """
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    settings = load("alerting", Settings, flags)
    request = _read_request(rule, days, limit, for_)
    inputs, refused = hold_back(Inputs(site_folder.folder(common)), {"prometheus"})
    for problem in refused:
        click.echo(f"left out, because `vigie lint` finds a fault: {problem}", err=True)
    with HttpClient(common.prometheus, patient_for(settings.history_timeout)) as server:
        results = _run(History(server), inputs, request)
    click.echo(report.as_json(results) if as_json else "\n".join(report.lines(results)))
    if results.problems:
        raise ProblemError("; ".join(results.problems))


def _read_request(rule: str | None, days: float, limit: str | None, for_: str | None) -> Request:
    """Return what the flags ask; raises UsageProblemError for what does not go together."""
    parsed = backtest_limits.parse_limit(limit) if limit else None
    name = rule or (parsed[0] if parsed else None)
    if parsed and parsed[0] != name:
        raise UsageProblemError(f"--limit {limit}: expected a limit of {name}")
    if for_ and name is None:
        raise UsageProblemError("--for needs the alert that it is about")
    try:
        for_ms = round(parse_duration_seconds(for_) * 1000) if for_ else None
    except ValueError as error:
        raise UsageProblemError(f"--for {for_!r}: expected a duration as 90s, 2h or 1d") from error
    return Request(name, days, parsed, for_ms)


def _run(history: History, inputs: Inputs, request: Request) -> report.Report:
    texts = merge_rule_files(inputs)
    limits = reading.load(inputs.site)
    interval_ms = history.read_interval_ms()
    rules = list_rules(texts, interval_ms)
    chosen = choose(rules, request.name) if request.name else rules
    changes = [_change(rule, limits, request) for rule in chosen]
    routes, downtimes, _ = desired.load(inputs.site)
    root = tree.render(routes, downtimes)
    times = find_times(history, request.days, time.time())
    problems: list[str] = []
    comparisons = _compare_all(history, changes, times, list_recordings(texts, interval_ms), problems)
    return report.Report(comparisons, times, lambda labels: find_receivers(root, labels), problems)


def _change(rule: Rule, limits: Limits, request: Request) -> tuple[Rule, Rule | None]:
    """Return the rule as it is today, and as it is asked for; raises UsageProblemError for one without a limit."""
    today = backtest_limits.apply_limits(rule, limits)
    if not request.is_changed:
        return today, None
    if request.limit is not None:
        if not backtest_limits.takes_limit(rule):
            raise UsageProblemError(f"--limit: the rule {rule.name} of {rule.file} compares against no limit")
        limits = backtest_limits.change_limit(limits, *request.limit)
    changed = backtest_limits.apply_limits(rule, limits)
    return today, changed if request.for_ms is None else changed._replace(for_ms=request.for_ms)


def _compare_all(
    history: History,
    changes: Sequence[tuple[Rule, Rule | None]],
    times: Times,
    recordings: Recordings,
    problems: list[str],
) -> list[Comparison]:
    """Return what each rule does; one that Prometheus can't evaluate adds to `problems` and does not stop others."""
    rules = [rule for pair in changes for rule in pair if rule is not None]
    steps = sum(times.window(rule).steps for rule in rules)
    fills_in = len({rule.name for rule in rules}) == 1  # recordings of weeks take long: not for all rules at once
    comparisons = []
    with click.progressbar(length=steps, label="asking Prometheus", hidden=not os.isatty(2)) as bar:
        put = partial(
            run_filled_in, history, times=times, recordings=recordings, on_steps=bar.update, fills_in=fills_in
        )
        for today, changed in changes:
            try:
                before = put(today)
                after = put(changed) if changed else None
                comparisons.append(Comparison(before, after))
            except ProblemError as error:
                if len(changes) == 1:
                    raise
                problems.append(f"{today.name}: {sentence(error)}")
    return comparisons
