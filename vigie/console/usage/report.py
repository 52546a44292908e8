"""What Prometheus's answers mean: who has how many series, against which budget, and how they grew."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from alerting.budgets.budgets import Budgets

Scope = Literal["total", "job", "team", "host"]
Key = tuple[str, str]  # datacenter ("" but for hosts) and name
LABELS: Mapping[Scope, tuple[str, ...]] = {"total": (), "job": ("job",), "team": ("team",), "host": ("dc", "host")}


class Usage(msgspec.Struct, frozen=True):
    """The series of a job, team, host or all: now, a day and a week ago (None: it had none), and the budget."""

    scope: Scope
    dc: str
    name: str
    series: float
    samples_per_second: float
    day_ago: float | None
    week_ago: float | None
    budget: int | None

    @property
    def is_over(self) -> bool:
        """Whether it is over its budget."""
        return self.budget is not None and self.series > self.budget


class Metric(msgspec.Struct, frozen=True):
    """A metric with many series."""

    name: str
    series: int


class Report(msgspec.Struct, frozen=True):
    """The usages, most series first, and the metrics with most series."""

    usages: tuple[Usage, ...]
    metrics: tuple[Metric, ...]

    def of(self, scope: Scope) -> tuple[Usage, ...]:
        """Return the usages of a scope."""
        return tuple(usage for usage in self.usages if usage.scope == scope)

    def over(self) -> tuple[Usage, ...]:
        """Return the usages over their budget."""
        return tuple(usage for usage in self.usages if usage.is_over)


class Answers(msgspec.Struct, frozen=True):
    """The four answers about a scope, as Prometheus gives vectors."""

    series: Sequence[Mapping[str, Any]]
    samples: Sequence[Mapping[str, Any]]
    day_ago: Sequence[Mapping[str, Any]]
    week_ago: Sequence[Mapping[str, Any]]


def usages(scope: Scope, answers: Answers, budgets: Budgets) -> list[Usage]:
    """Return the usages of a scope, most series first; what has no name (no team, no host) is left out."""
    samples, day, week = (by_key(scope, vector) for vector in (answers.samples, answers.day_ago, answers.week_ago))
    usages = [
        Usage(scope, *key, series, samples.get(key, 0.0), day.get(key), week.get(key), budgets.of(scope, key[1]))
        for key, series in by_key(scope, answers.series).items()
        if key[1] or scope == "total"
    ]
    return sorted(usages, key=lambda usage: (-usage.series, usage.dc, usage.name))


def by_key(scope: Scope, vector: Sequence[Mapping[str, Any]]) -> dict[Key, float]:
    """Return a vector's values by datacenter and name."""
    labels = LABELS[scope]
    return {
        ("", "", *(sample["metric"].get(label, "") for label in labels))[-2:]: float(sample["value"][1])
        for sample in vector
    }


def metrics(status: Mapping[str, Any]) -> tuple[Metric, ...]:
    """Return the metrics of `/api/v1/status/tsdb`, most series first."""
    return tuple(Metric(row["name"], int(row["value"])) for row in status["seriesCountByMetricName"])
