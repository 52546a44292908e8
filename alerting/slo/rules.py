"""Renders objectives as recording rules: what was good and bad, what is allowed, and what is left of that."""

from pathlib import Path
from typing import Any

from alerting.rules.native import PREFIX
from alerting.rules.recording import rule_file
from alerting.slo.spec import Spec, load

FILE = f"{PREFIX}objectives.yml"
INTERVAL_SECONDS = 30  # alerting/rules/slo.yml counts on it
BUDGET_INTERVAL = "2m"  # a month of samples is read each time; more than five minutes would leave gaps


def files(site: Path | None) -> dict[str, str]:
    """Return the one rule file by its name in Prometheus's folder; raises UsageProblemError for a wrong objective."""
    groups = [group for name, spec in load(site).items() for group in _groups(name, spec)]
    return {FILE: rule_file(groups, "the objectives in slo/")} if groups else {}


def _groups(name: str, spec: Spec) -> list[dict[str, Any]]:
    own = {"slo": name, **({"team": spec.team} if spec.team else {})}
    total, bad = _count_queries(spec)
    allowed = {"slo": name, "severity": spec.severity}
    samples = [
        {"record": "vigie:slo_total", "expr": total, "labels": own},
        {"record": "vigie:slo_bad", "expr": bad, "labels": own},
        {"record": "vigie:slo_allowed_error_ratio", "expr": f"vector({_allowed_ratio(spec)!r})", "labels": allowed},
    ]
    left = {"record": "vigie:slo_error_budget_left", "expr": _left_query(name, spec), "labels": {"slo": name}}
    return [
        {"name": f"slo-{name}", "interval": f"{INTERVAL_SECONDS}s", "rules": samples},
        {"name": f"slo-{name}-budget", "interval": BUDGET_INTERVAL, "rules": [left]},
    ]


def _count_queries(spec: Spec) -> tuple[str, str]:
    """Return the queries of what is counted and of what of it is bad.

    `>= 0` drops what is no number: one such sample would silence every window that it is in. Where nothing is good,
    there is no series of the good ones, and all is bad; unless there are good ones that belong to no total, which means
    that the labels are unequal, and nothing can be said.
    """
    if spec.error_ratio is not None:
        ratio = f"clamp_max(({spec.error_ratio}) >= 0, 1)"
        return f"0 * {ratio} + 1", ratio
    total = f"({spec.total}) >= 0"
    counted = f"clamp_min(({total}) - ({spec.good}), 0) >= 0"
    return total, f"{counted}\nor ({total}) unless on () (({spec.good}) unless ({spec.total}))"


def _left_query(name: str, spec: Spec) -> str:
    """Return the query of the share of the budget that is left; time without samples counts as good."""
    window, chosen = f"{spec.window_days}d", f'{{slo="{name}"}}'
    expected = spec.window_days * 86400 // INTERVAL_SECONDS
    return (
        f"1 - sum_over_time(vigie:slo_bad{chosen}[{window}])\n"
        f"/ (sum_over_time(vigie:slo_total{chosen}[{window}]) > 0)\n"
        f"* clamp_max(count_over_time(vigie:slo_total{chosen}[{window}]) / {expected}, 1)\n"
        f"/ {_allowed_ratio(spec)!r}"
    )


def _allowed_ratio(spec: Spec) -> float:
    return round(1 - spec.objective_percent / 100, 10)
