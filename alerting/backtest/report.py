"""Shows back-tests: when each rule would have fired, for whom, how long, and who would have heard."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from alerting.backtest.run import Backtest, Comparison, Times
from alerting.backtest.simulation import Firing

Receivers = Callable[[Mapping[str, str]], Sequence[str]]
SHOWN = 20  # firings of one rule; --json has all
UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


class Report(NamedTuple):
    """All rules' results, the time that they are about, and who hears of an alert by its labels."""

    comparisons: Sequence[Comparison]
    times: Times
    receivers: Receivers
    problems: Sequence[str] = ()


class Row(NamedTuple):
    """A firing as people read it; `mark` is `+` for one that a change makes, `-` for one that it takes away."""

    mark: str
    start: str
    span: str
    is_resolved: bool
    receivers: Sequence[str]
    labels: str


class _Marked(NamedTuple):
    mark: str
    firing: Firing


def lines(report: Report) -> Iterator[str]:
    """Yield what a person reads: each rule that fired, and the totals."""
    yield f"from {_time(report.times.start_ms)} to {_time(report.times.end_ms)} (UTC)"
    if report.times.begins_ms > report.times.start_ms:
        yield f"the history begins at {_time(report.times.begins_ms)}: expected samples from the start"
    for comparison in report.comparisons:
        yield from _lines_of(comparison, report)
    yield _totals(report)


def as_json(report: Report) -> str:
    """Return everything as JSON; times in seconds since 1970."""
    times = report.times
    document = {
        "start": times.start_ms / 1000,
        "end": times.end_ms / 1000,
        "history_begins": times.begins_ms / 1000,
        "rules": [
            {
                "today": _result(comparison.today, report),
                **({"changed": _result(comparison.changed, report)} if comparison.changed else {}),
            }
            for comparison in report.comparisons
        ],
        "problems": list(report.problems),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _lines_of(comparison: Comparison, report: Report) -> Iterator[str]:
    shown = comparison.changed or comparison.today
    if not (shown.firings or comparison.today.firings or shown.notes or shown.failed or comparison.changed):
        return
    before = f"; today {summarise(comparison.today.firings, report.times)}" if comparison.changed else ""
    rule = shown.rule
    severity = rule.labels.get("severity", "no severity")
    yield f"{rule.name} ({severity}, for {_span(rule.for_ms)}): {summarise(shown.firings, report.times)}{before}"
    yield from (f"    note: {note}" for note in shown.notes)
    if shown.failed:
        yield f"    note: {shown.failed} evaluations would have failed: two results have the same labels"
    rows = list_rows(comparison, report)
    for row in rows[:SHOWN]:
        still = "" if row.is_resolved else ", and still"
        yield f"  {row.mark} {row.start}  {row.span}{still}  to {', '.join(row.receivers)}  {row.labels}".rstrip()
    if len(rows) > SHOWN:
        yield f"    and {len(rows) - SHOWN} more: --json has all"


def list_rows(comparison: Comparison, report: Report) -> list[Row]:
    """Return the firings by their start, each marked as new or gone where something was changed."""
    static = {"alertname", *comparison.today.rule.labels}
    return [
        Row(
            mark,
            "before" if firing.start_ms < report.times.start_ms else _time(firing.start_ms),
            _span(_duration_ms(firing, report.times)),
            firing.is_resolved,
            report.receivers(dict(firing.labels)),
            " ".join(f"{name}={value}" for name, value in firing.labels if name not in static),
        )
        for mark, firing in _mark(comparison)
    ]


def _mark(comparison: Comparison) -> list[_Marked]:
    """Return the firings by their start: those with the change, and those that would be there no longer."""
    today, changed = comparison.today.firings, comparison.changed
    if changed is None:
        return [_Marked(" ", firing) for firing in today]
    marked = [_Marked(" " if _overlaps(firing, today) else "+", firing) for firing in changed.firings]
    marked += [_Marked("-", firing) for firing in today if not _overlaps(firing, changed.firings)]
    return sorted(marked, key=lambda member: (member.firing.start_ms, member.firing.labels))


def _overlaps(firing: Firing, others: Sequence[Firing]) -> bool:
    return any(
        firing.labels == other.labels and firing.start_ms < other.end_ms and other.start_ms < firing.end_ms
        for other in others
    )


def _totals(report: Report) -> str:
    """Return how many rules fired how often, and how often each receiver would have heard."""
    results = [comparison.changed or comparison.today for comparison in report.comparisons]
    firings = [firing for result in results for firing in result.firings]
    heard = Counter(name for firing in firings for name in report.receivers(dict(firing.labels)))
    shares = ", ".join(f"{name} {_count(count)}" for name, count in heard.most_common())
    fired = sum(1 for result in results if result.firings)
    ending = f": {shares}" if shares else ""
    return f"{fired} of {len(results)} rules would have fired, {_count(len(firings))}{ending}"


def summarise(firings: Sequence[Firing], times: Times) -> str:
    """Return how often it fired and how long in all."""
    if not firings:
        return "never"
    total_ms = sum(_duration_ms(firing, times) for firing in firings)
    return f"{_count(len(firings))}, {_span(total_ms)} in all"


def _duration_ms(firing: Firing, times: Times) -> int:
    return firing.end_ms - max(firing.start_ms, times.start_ms)


def _count(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _result(backtest: Backtest, report: Report) -> dict[str, Any]:
    rule = backtest.rule
    return {
        "alert": rule.name,
        "file": rule.file,
        "group": rule.group,
        "expression": rule.expression,
        "interval_seconds": rule.interval_ms / 1000,
        "for_seconds": rule.for_ms / 1000,
        "keep_firing_for_seconds": rule.keep_firing_for_ms / 1000,
        "failed_evaluations": backtest.failed,
        "notes": list(backtest.notes),
        "firings": [
            {
                "labels": dict(firing.labels),
                "start": firing.start_ms / 1000,
                "end": firing.end_ms / 1000,
                "resolved": firing.is_resolved,
                "receivers": list(report.receivers(dict(firing.labels))),
            }
            for firing in backtest.firings
        ],
    }


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _span(milliseconds: int) -> str:
    """Return a time as its two largest units: `1d2h`, `5m`, `0s`."""
    seconds, parts = round(milliseconds / 1000), []
    for size, unit in UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2]) or "0s"
