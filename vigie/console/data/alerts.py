"""Turns Prometheus's rules and Alertmanager's silences into rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

SEVERITIES = ("critical", "warning", "info", "none")
STATES = ("firing", "pending")
WATCHDOG = "Watchdog"  # fires always, to prove that alerts arrive


class Alert(NamedTuple):
    """An alert that is pending or fires; `since` in seconds since the epoch."""

    name: str
    state: str
    labels: Mapping[str, str]
    summary: str
    description: str
    since: float
    silenced_by: tuple[str, ...] = ()
    inhibited: bool = False

    @property
    def severity(self) -> str:
        """Its severity, the empty text for none."""
        return self.labels.get("severity", "")

    @property
    def values(self) -> Mapping[str, float]:
        """No numbers: for the filter."""
        return {}

    def tag(self, name: str) -> str:
        """Return a label, or its state."""
        facts = {"state": self.state, "alert": self.name, "silenced": "yes" if self.silenced_by else "no"}
        return facts[name] if name in facts else self.labels.get(name, "")


class Silence(NamedTuple):
    """A silence that is active or to come; times in seconds since the epoch."""

    identity: str
    state: str
    matchers: tuple[str, ...]
    starts: float
    ends: float
    created_by: str
    comment: str


def to_alerts(rules: Mapping[str, Any] | None, routed: Sequence[Mapping[str, Any]] | None = None) -> list[Alert]:
    """Return what Prometheus says is pending or fires, the worst first, with what Alertmanager holds back."""
    held = {_marks(alert.get("labels", {})): alert.get("status", {}) for alert in routed or ()}
    alerts = [
        _alert(alert, held)
        for group in (rules or {}).get("groups", ())
        for rule in group.get("rules", ())
        for alert in rule.get("alerts", ())
    ]
    return sorted((alert for alert in alerts if alert.name != WATCHDOG), key=_rank)


def alerts_of_host(alerts: Iterable[Alert], dc: str, name: str) -> list[Alert]:
    """Return the alerts of one host."""
    return [alert for alert in alerts if alert.labels.get("dc") == dc and alert.labels.get("host") == name]


def to_silences(answer: Sequence[Mapping[str, Any]] | None) -> list[Silence]:
    """Return the silences that are not over, the first to end first."""
    read = [_silence(silence) for silence in answer or ()]
    return sorted(
        (silence for silence in read if silence.state != "expired"),
        key=lambda silence: (silence.ends, silence.identity),
    )


def seconds(text: str) -> float:
    """Return a time of Prometheus or Alertmanager (RFC 3339) in seconds since the epoch, 0 for none."""
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).timestamp() if text else 0.0
    except ValueError:
        return 0.0


def _alert(alert: Mapping[str, Any], held: Mapping[frozenset[tuple[str, str]], Mapping[str, Any]]) -> Alert:
    labels, notes = alert.get("labels", {}), alert.get("annotations", {})
    status = held.get(_marks(labels), {})
    return Alert(
        name=labels.get("alertname", ""),
        state=alert.get("state", ""),
        labels=labels,
        summary=notes.get("summary", ""),
        description=notes.get("description", ""),
        since=seconds(alert.get("activeAt", "")),
        silenced_by=tuple(status.get("silencedBy", ())),
        inhibited=bool(status.get("inhibitedBy")),
    )


def _marks(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Return what an alert is in both servers: of a pair of Prometheus servers `replica` is taken away on the way."""
    return frozenset((name, value) for name, value in labels.items() if name != "replica")


def _rank(alert: Alert) -> tuple[Any, ...]:
    severity = SEVERITIES.index(alert.severity) if alert.severity in SEVERITIES else len(SEVERITIES)
    return (
        alert.state != "firing",
        bool(alert.silenced_by or alert.inhibited),
        severity,
        alert.name,
        sorted(alert.labels.items()),
    )


def _silence(silence: Mapping[str, Any]) -> Silence:
    signs = {(True, True): "=~", (True, False): "!~", (False, True): "=", (False, False): "!="}
    return Silence(
        identity=silence["id"],
        state=silence["status"]["state"],
        matchers=tuple(
            f'{each["name"]}{signs[each["isRegex"], each.get("isEqual", True)]}"{each["value"]}"'
            for each in silence["matchers"]
        ),
        starts=seconds(silence["startsAt"]),
        ends=seconds(silence["endsAt"]),
        created_by=silence.get("createdBy", ""),
        comment=silence.get("comment", ""),
    )
