"""The numbers of the fleet: how many hosts have each status, and how many alerts fire."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from vigie.console.data.cache import Reading
from vigie.console.data.hosts import STATUSES, Host
from vigie.console.data.prometheus import Sample
from vigie.console.web import filtering


def fleet_summary(
    readings: Mapping[str, Reading[Any]], rows: Iterable[Host], chosen: filtering.Filter
) -> dict[str, int] | None:
    """Return the numbers of the hosts that are shown, None when no answer names the hosts."""
    if readings["up"].value is None:
        return None
    return summarize(rows, None if chosen.text else readings["alerts"].value)


def summarize(rows: Iterable[Host], firing: Iterable[Sample] | None = None) -> dict[str, int]:
    """Return how many hosts have each status, and how many alerts fire by severity.

    `firing` are the alerts of everything, those without a host included. Without them, those of the hosts count.
    """
    rows = list(rows)
    statuses = Counter(row.status for row in rows)
    summary = {name: statuses[name] for name in STATUSES}
    severities = None if firing is None else Counter(alert.labels.get("severity") for alert in firing)
    for name in ("critical", "warning"):
        summary[name] = sum(row.alerts.get(name, 0) for row in rows) if severities is None else severities[name]
    summary["containers"] = int(sum(row.values.get("containers", 0) for row in rows))
    return summary
