"""A marked test alert through the real routes, and the proof that it was handed over."""

import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from alerting.delivery.alertmanager import Alertmanager
from alerting.routes.tree import TEST_LABEL
from vigie.core.errors import ProblemError

NAME = "VigieTest"
LASTS = timedelta(minutes=5)
PAUSE_SECONDS = 0.5
COUNTER = re.compile(r"^alertmanager_notification_requests(_failed)?_total\{(.*)\} (\S+)$", re.MULTILINE)
INTEGRATION = re.compile(r'integration="([^"]+)"')


class Counts(NamedTuple):
    """How often each integration was answered, and how often the answer was a failure.

    Not the notifications: those count when they begin.
    """

    requests: dict[str, float]
    failed: dict[str, float]

    def count_successes(self) -> dict[str, float]:
        """Return how often each integration took a message."""
        return {name: value - self.failed.get(name, 0.0) for name, value in self.requests.items()}


class Handover(NamedTuple):
    """The receivers that got a test alert, and the integrations that sent it."""

    receivers: tuple[str, ...]
    integrations: tuple[str, ...]


def make_labels(severity: str, team: str | None, receiver: str | None) -> dict[str, str]:
    """Return the labels of a test alert; with `receiver` it goes there, whatever the routes say.

    Its host is made up: each test is a group of its own, which need not wait for the last one's interval.
    """
    chosen = {"alertname": NAME, "severity": severity, "host": f"test-{secrets.token_hex(4)}"}
    chosen |= {"team": team} if team else {}
    return chosen | ({TEST_LABEL: receiver} if receiver else {})


def send(server: Alertmanager, alert: dict[str, str], patience_seconds: float) -> Handover:
    """Send the alert, wait until it is handed over, and end it.

    The proof are Alertmanager's own counters, which other alerts of that moment move as well.
    Raises ProblemError when nobody has taken it in time, or when it reached others than it should.
    """
    _require_receiver(server, alert.get(TEST_LABEL))
    before = read_counts(server.ask("GET", "/metrics").text)
    now = datetime.now(UTC)
    _post(server, alert, now, now + LASTS)
    try:
        return _await_handover(server, alert, before, patience_seconds)
    finally:
        _post(server, alert, now, datetime.now(UTC))


def read_counts(page: str) -> Counts:
    """Return the counters of an Alertmanager's page; newer versions split them by reason or receiver."""
    counted = Counts({}, {})
    for failed, text, value in COUNTER.findall(page):
        integration = INTEGRATION.search(text)
        if integration:
            side = counted.failed if failed else counted.requests
            side[integration[1]] = side.get(integration[1], 0.0) + float(value)
    return counted


def _await_handover(server: Alertmanager, alert: dict[str, str], before: Counts, patience_seconds: float) -> Handover:
    deadline = time.monotonic() + patience_seconds
    receivers: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    while time.monotonic() < deadline:
        receivers = _receivers(server, alert) or receivers
        after = read_counts(server.ask("GET", "/metrics").text)
        failing = _find_grown(before.failed, after.failed)
        sent = _find_grown(before.count_successes(), after.count_successes())
        if sent and receivers:
            _require_reached(receivers, alert.get(TEST_LABEL))
            return Handover(receivers, sent)
        time.sleep(PAUSE_SECONDS)
    raise ProblemError(f"nothing was handed over within {patience_seconds:g} s: {_reason(receivers, failing)}")


def _reason(receivers: tuple[str, ...], failing: tuple[str, ...]) -> str:
    if failing:
        return f"sending by {', '.join(failing)} fails, and the log of Alertmanager says why"
    to = f"its receivers are {', '.join(receivers)}" if receivers else "it has no receiver"
    return f"{to}; is it silenced, or held back by hours?"


def _require_receiver(server: Alertmanager, receiver: str | None) -> None:
    names = sorted(each["name"] for each in server.json("GET", "/api/v2/receivers"))
    if receiver is not None and receiver not in names:
        raise ProblemError(f"receiver {receiver!r} is not there: expected one of {', '.join(names)}")


def _require_reached(receivers: tuple[str, ...], receiver: str | None) -> None:
    if receiver is not None and receivers != (receiver,):
        raise ProblemError(
            f"it went to {', '.join(receivers)}: the configuration that runs there has no route for tests; "
            "`vigie provision apply --local` writes one"
        )


def _find_grown(before: dict[str, float], after: dict[str, float]) -> tuple[str, ...]:
    return tuple(sorted(name for name, value in after.items() if value > before.get(name, 0.0)))


def _receivers(server: Alertmanager, alert: dict[str, str]) -> tuple[str, ...]:
    query = quote(f'host="{alert["host"]}"')
    alerts: list[dict[str, Any]] = server.json("GET", f"/api/v2/alerts?filter={query}")
    return tuple(sorted(way["name"] for each in alerts for way in each["receivers"]))


def _post(server: Alertmanager, alert: dict[str, str], start: datetime, end: datetime) -> None:
    notes = {
        "summary": "This is a test of the way to you.",
        "description": "Somebody ran `vigie alert test`. Nothing is wrong, and nothing has to be done.",
    }
    body = {"labels": alert, "annotations": notes, "startsAt": start.isoformat(), "endsAt": end.isoformat()}
    server.ask("POST", "/api/v2/alerts", [body])
