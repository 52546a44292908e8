"""Another limit: what `vigie:threshold` would be by the limits of thresholds.yml, put into the query."""

import difflib
from collections.abc import Mapping, Sequence

from alerting.backtest.rules import Rule
from alerting.rules.limited_alerts import RECORD, THRESHOLDS
from alerting.thresholds.reading import Limit
from alerting.thresholds.rules import rule as recording_rule
from vigie.core.errors import UsageProblemError

Limits = Mapping[str, Sequence[Limit]]
NOBODY = "vector(0) < 0"  # no host has a limit of its own: the default holds


def parse_limit(text: str) -> tuple[str, float]:
    """Return alert and number of `DiskFull=95`; raises UsageProblemError for what can be no limit."""
    name, _, number = text.partition("=")
    if name not in THRESHOLDS:
        near = difflib.get_close_matches(name, THRESHOLDS, 3) or THRESHOLDS
        raise UsageProblemError(f"--limit {text}: {name!r} is no alert with a limit: expected {', '.join(near)}")
    unit = THRESHOLDS[name].unit
    try:
        value = float(number)
    except ValueError:
        value = -1
    if not 0 <= value <= unit.most:
        raise UsageProblemError(f"--limit {text}: expected {unit.name} from 0 to {unit.most:g}, as {name}=NUMBER")
    return name, value


def change_limit(limits: Limits, name: str, value: float) -> dict[str, Sequence[Limit]]:
    """Return the limits with another one for all hosts that have none of their own."""
    own = [limit for limit in limits.get(name, ()) if limit.labels]
    return {**limits, name: [*own, Limit({}, value)]}


def takes_limit(rule: Rule) -> bool:
    """Tell whether the rule's query compares against a limit of its name."""
    return _record_of(rule) in rule.expression


def apply_limits(rule: Rule, limits: Limits) -> Rule:
    """Return the rule with its limits in the query, where it would read their recording.

    So limits hold for all of the history, also where others were recorded, or none.
    """
    own = limits.get(rule.name, ())
    recorded = str(recording_rule(rule.name, own)["expr"]) if own else NOBODY
    return rule._replace(expression=rule.expression.replace(_record_of(rule), f"({recorded})"))


def _record_of(rule: Rule) -> str:
    return f'{RECORD}{{alert="{rule.name}"}}'
