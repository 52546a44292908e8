"""What Prometheus makes of a rule's results, evaluation by evaluation: pending, firing, kept firing, resolved."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from alerting.backtest.rules import Labels


class Firing(NamedTuple):
    """An alert that fired: from the first evaluation at which it did until the first at which it did not."""

    labels: Labels
    start_ms: int
    end_ms: int
    is_resolved: bool = True  # else it still fired at the end


class _Alert:
    """The state of one alert; its times are those of evaluations."""

    def __init__(self, active_ms: int) -> None:
        self.active_ms = active_ms
        self.fired_ms: int | None = None
        self.kept_since_ms: int | None = None


class Simulation:
    """Follows one rule as Prometheus's rules/alerting.go does, `Eval`."""

    def __init__(self, for_ms: int, keep_firing_for_ms: int) -> None:
        """Take how long it must be true before it fires, and how long it fires on when it no longer is."""
        self.for_ms = for_ms
        self.keep_firing_for_ms = keep_firing_for_ms
        self.firings: list[Firing] = []
        self._alerts: dict[Labels, _Alert] = {}

    def evaluate(self, at_ms: int, results: AbstractSet[Labels]) -> None:
        """Take the alerts of one evaluation's results."""
        for labels in results:
            self._alerts.setdefault(labels, _Alert(at_ms))
        for labels, alert in list(self._alerts.items()):
            if labels in results:
                alert.kept_since_ms = None
            elif alert.fired_ms is None:
                del self._alerts[labels]
                continue
            elif not self._is_kept(alert, at_ms):
                self.firings.append(Firing(labels, alert.fired_ms, at_ms))
                del self._alerts[labels]
                continue
            if alert.fired_ms is None and at_ms - alert.active_ms >= self.for_ms:
                alert.fired_ms = at_ms

    def finish(self, end_ms: int) -> list[Firing]:
        """Return all that fired, by its start; what fires at the end is not resolved."""
        current = [
            Firing(labels, alert.fired_ms, end_ms, is_resolved=False)
            for labels, alert in self._alerts.items()
            if alert.fired_ms is not None
        ]
        return sorted([*self.firings, *current], key=lambda firing: (firing.start_ms, firing.labels))

    def _is_kept(self, alert: _Alert, at_ms: int) -> bool:
        """Tell whether an alert without a result fires on: the time counts from the first evaluation without one."""
        if alert.kept_since_ms is None:
            alert.kept_since_ms = at_ms
        return at_ms - alert.kept_since_ms < self.keep_firing_for_ms
