"""Renders limits as recording rules: `vigie:threshold{alert, dc, instance}`, a series for each host that has one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alerting.rules.native import PREFIX
from alerting.rules.recording import rule_file
from alerting.thresholds.alerts import RECORD
from alerting.thresholds.reading import FILE, Limit, load
from vigie.reconcile.problem import Problem, of_loading

INTERVAL = "30s"
NAME = f"{PREFIX}{FILE}"


def files(site: Path | None) -> dict[str, str]:
    """Return the one rule file by its name in Prometheus's folder, none without limits; raises UsageProblemError."""
    rules = [rule(alert, limits) for alert, limits in load(site).items()]
    if not rules:
        return {}
    group = {"name": "thresholds", "interval": INTERVAL, "rules": rules}
    return {NAME: rule_file([group], FILE)}


def problems(site: Path | None) -> list[Problem]:
    """Return what is wrong with the file, as the linter shows it."""
    return of_loading(FILE, lambda: load(site))


def rule(alert: str, limits: Sequence[Limit]) -> dict[str, Any]:
    """Return the recording rule of an alert's limits, of which the first that fits a host holds."""
    return {"record": RECORD, "labels": {"alert": alert}, "expr": "\nor ".join(_limit_query(limit) for limit in limits)}


def _limit_query(limit: Limit) -> str:
    labels = {"job": "node", **limit.labels}
    matchers = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items())
    return f"{limit.value!r} * group by (dc, instance) (up{{{matchers}}})"
