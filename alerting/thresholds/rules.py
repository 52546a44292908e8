"""Renders limits as recording rules: `vigie:threshold`, a series for each host or item of a host that has one.

`vigie:threshold_series{alert, limit}` tells how many series a limit fits, so that one that fits none is told.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alerting.rules.limited_alerts import RECORD, THRESHOLDS
from alerting.rules.native import PREFIX
from alerting.rules.recording import rule_file
from alerting.thresholds.reading import FILE, Limit, load
from vigie.reconcile.problem import Problem, of_loading

INTERVAL = "30s"
COUNT_INTERVAL = "5m"
COUNT_WINDOW = "1h"  # what was there within the last hour is there: a host that restarts still has its disks
COUNT_RECORD = f"{RECORD}_series"
NAME = f"{PREFIX}{FILE}"


def files(site: Path | None) -> dict[str, str]:
    """Return the one rule file by its name in Prometheus's folder, none without limits; raises UsageProblemError."""
    by_alert = load(site)
    if not by_alert:
        return {}
    rules = [rule(alert, limits) for alert, limits in by_alert.items()]
    # One without labels is for all there are, also where there are none.
    counts = [count_rule(alert, limit) for alert, limits in by_alert.items() for limit in limits if limit.labels]
    groups = [
        {"name": "thresholds", "interval": INTERVAL, "rules": rules},
        {"name": "thresholds-series", "interval": COUNT_INTERVAL, "rules": counts},
    ]
    return {NAME: rule_file([group for group in groups if group["rules"]], FILE)}


def problems(site: Path | None) -> list[Problem]:
    """Return what is wrong with the file, as the linter shows it."""
    return of_loading(FILE, lambda: load(site))


def rule(alert: str, limits: Sequence[Limit]) -> dict[str, Any]:
    """Return the recording rule of an alert's limits, of which the first that fits holds."""
    queries = [_limit_query(alert, limit) for limit in limits]
    return {"record": RECORD, "labels": {"alert": alert}, "expr": "\nor ".join(queries)}


def count_rule(alert: str, limit: Limit) -> dict[str, Any]:
    """Return the recording rule that counts what a limit fits: 0 when it fits nothing."""
    items = THRESHOLDS[alert].items
    text = ", ".join(f"{label}{_sign(alert, label)}{value}" for label, value in limit.labels.items())
    return {
        "record": COUNT_RECORD,
        "labels": {"alert": alert, "limit": text},
        "expr": f"count({items.select(_matchers(alert, limit), COUNT_WINDOW)}) or vector(0)",
    }


def _limit_query(alert: str, limit: Limit) -> str:
    items = THRESHOLDS[alert].items
    return f"{limit.value!r} * group by ({', '.join(items.labels())}) ({items.select(_matchers(alert, limit))})"


def _matchers(alert: str, limit: Limit) -> str:
    return ", ".join(
        f"{label}{_sign(alert, label)}{json.dumps(value, ensure_ascii=False)}" for label, value in limit.labels.items()
    )


def _sign(alert: str, label: str) -> str:
    return "=~" if label in THRESHOLDS[alert].items.dimensions else "="
