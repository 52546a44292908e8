"""Puts rules to a history: what would have fired, by the rules of today and by changed ones."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from alerting.backtest.history import History, Piece, Window
from alerting.backtest.recordings import Recordings, fill_in, list_recorded
from alerting.backtest.rules import Rule, find_unfilled
from alerting.backtest.simulation import Firing, Simulation
from vigie.core.http.fetch_failure import FetchError, FetchFailure

DAY_MS = 86_400_000
OnSteps = Callable[[int], None]


class Times(NamedTuple):
    """Which time is looked at, and when the history begins; what came before either is not known."""

    start_ms: int
    end_ms: int
    begins_ms: int

    def window(self, rule: Rule) -> Window:
        """Return the evaluations of a rule, with those before the start that tell what was pending or firing then."""
        step_ms = rule.interval_ms
        start_ms = self.start_ms - rule.lead_ms if self.begins_ms <= self.start_ms else self.begins_ms
        return Window(-(-start_ms // step_ms) * step_ms, self.end_ms // step_ms * step_ms, step_ms)


class Backtest(NamedTuple):
    """A rule, when it would have fired, at how many evaluations two results had the same labels, and what to know."""

    rule: Rule
    firings: Sequence[Firing]
    failed: int = 0
    notes: Sequence[str] = ()


class Comparison(NamedTuple):
    """What a rule does today, and what it would do with another limit or `for`, where that was asked."""

    today: Backtest
    changed: Backtest | None = None


def run(
    history: History, rule: Rule, times: Times, on_steps: OnSteps = lambda _: None, *, shrinks: bool = True
) -> Backtest:
    """Return what the rule would have done; raises FetchError, without `shrinks` at the first question too much."""
    simulation, failed = Simulation(rule.for_ms, rule.keep_firing_for_ms), 0
    window = times.window(rule)
    for piece in history.read(rule.expression, window, shrinks=shrinks):
        for at_ms, results in _evaluations(rule, piece):
            if len(set(results)) < len(results):
                failed += 1  # Prometheus refuses such an evaluation as a whole, and leaves all as it was
            else:
                simulation.evaluate(at_ms, frozenset(results))
        on_steps(piece.window.steps)
    firings = [firing for firing in simulation.finish(times.end_ms) if firing.end_ms > times.start_ms]
    return Backtest(rule, firings, failed, tuple(find_unfilled(rule)))


def find_times(history: History, days: float, now_seconds: float) -> Times:
    """Return the days that end now; raises FetchError, also when Prometheus has nothing of them."""
    end_ms = int(now_seconds) * 1000
    start_ms = end_ms - round(days * DAY_MS)
    begins_ms = history.find_beginning_ms("up", Window(start_ms, end_ms, 1000))
    if begins_ms is None:
        where = f"{history.server.access.server} at {history.server.name}"
        raise FetchError(f"{where} has no history of the last {days:g} days", FetchFailure("answer"))
    tolerance_ms = (end_ms - start_ms) // 250  # a beginning is known so closely
    return Times(start_ms, end_ms, begins_ms if begins_ms > start_ms + tolerance_ms else start_ms)


def run_filled_in(
    history: History,
    rule: Rule,
    times: Times,
    recordings: Recordings,
    on_steps: OnSteps = lambda _: None,
    *,
    fills_in: bool = True,
) -> Backtest:
    """Return what the rule would have done; recordings that the history lacks are evaluated by their own query.

    Notes say which. Where that is too much for Prometheus, or not to be done (`fills_in`), the rule is put to what
    there is. Raises FetchError.
    """
    window, gaps = times.window(rule), dict[str, str]()

    def is_missing(metric: str) -> bool:
        if metric not in gaps:
            gaps[metric] = _describe_gap(history.find_beginning_ms(metric, window), times)
        return bool(gaps[metric])

    if not fills_in:
        missing = [name for name in list_recorded(rule.expression, recordings) if is_missing(name)]
        way = f"`vigie alert backtest {rule.name}` evaluates its own query in its place"
        result = run(history, rule, times, on_steps)
        return result._replace(notes=(*result.notes, *(f"{name} {gaps[name]}: {way}" for name in missing)))
    filled = fill_in(rule.expression, recordings, is_missing)
    notes = [f"{name} {gaps[name]}: its own query stands in its place" for name in sorted(filled.replaced)]
    notes += [
        f"{name} {gaps.get(name, 'is missing')}: was it recorded then? {why}" for name, why in filled.left.items()
    ]
    try:
        result = run(history, rule._replace(expression=filled.expression), times, on_steps, shrinks=not filled.replaced)
    except FetchError as error:
        if not filled.replaced:
            raise
        result = run(history, rule, times, on_steps)
        notes = [f"{name} {gaps[name]}, and its own query fails: {error}" for name in sorted(filled.replaced)]
    return result._replace(notes=(*result.notes, *notes))


def _describe_gap(begins_ms: int | None, times: Times) -> str:
    """Return what the history lacks of a recording, nothing when it is there for all of the time."""
    if begins_ms is None:
        return "has no sample in this time"
    length_ms = times.end_ms - times.start_ms
    if begins_ms <= times.begins_ms + length_ms // 50:
        return ""
    return f"has samples only in the last {(times.end_ms - begins_ms) / length_ms:.0%} of this time"


def _evaluations(rule: Rule, piece: Piece) -> Iterator[tuple[int, list[tuple[tuple[str, str], ...]]]]:
    """Yield (time, labels of each result) for each evaluation of a piece."""
    by_time: dict[int, list[tuple[tuple[str, str], ...]]] = {}
    for labels, times_ms in piece.series:
        alert = rule.label(labels)
        for at_ms in times_ms:
            by_time.setdefault(at_ms, []).append(alert)
    window = piece.window
    for at_ms in range(window.start_ms, window.end_ms + 1, window.step_ms):
        yield at_ms, by_time.get(at_ms, [])
