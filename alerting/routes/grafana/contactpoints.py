"""The receivers as Grafana's contact points, with the secrets that Alertmanager would read from its files."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from alerting.routes.model import Receiver, Routes
from alerting.routes.receivers import PAGERDUTY_SEVERITY, TEXT, TITLE
from alerting.rules.native import PREFIX
from vigie.core.errors import UsageProblemError

UID_CHARACTERS = 40  # Grafana refuses more
OPSGENIE_PATH = "/v2/alerts"  # Grafana wants the whole address, Alertmanager adds this itself


class ContactPoint(NamedTuple):
    """One way of a receiver. What everybody may see is in `settings`, the rest in `secrets`, by setting."""

    name: str
    type: str
    settings: dict[str, Any]
    secrets: dict[str, str]
    tells_resolved: bool


def contact_points(routes: Routes, inbox_url: str) -> dict[str, ContactPoint]:
    """Return the ways of all receivers by uid; raises UsageProblemError for a secret's file that can't be read."""
    return {
        _uid(name, way): ContactPoint(contact_point_name(name), kind, settings, secrets, receiver.resolved)
        for name, receiver in routes.receivers.items()
        for way, kind, settings, secrets in _ways(name, receiver, inbox_url)
    }


def contact_point_name(receiver: str) -> str:
    """Return the name in Grafana of a receiver."""
    return PREFIX + receiver


def _uid(receiver: str, way: str) -> str:
    plain = f"{PREFIX}{receiver}-{way}"
    if len(plain) <= UID_CHARACTERS:
        return plain
    end = f"-{hashlib.sha256(plain.encode()).hexdigest()[:8]}-{way}"
    return plain[: UID_CHARACTERS - len(end)] + end


def _ways(name: str, receiver: Receiver, inbox_url: str) -> Iterator[tuple[str, str, dict[str, Any], dict[str, str]]]:
    """Yield way, Grafana's type, settings and secrets."""

    def read(way: str, path: str) -> str:
        return _secret(Path(path), f"receivers.{name}.{way}")

    if receiver.mail:
        addresses = ";".join(receiver.mail.to)
        yield "mail", "email", {"addresses": addresses, "singleEmail": True, "subject": TITLE, "message": TEXT}, {}
    if receiver.slack:
        shown = {"recipient": receiver.slack.channel, "title": TITLE, "text": TEXT}
        yield "slack", "slack", shown, {"url": read("slack.url_file", receiver.slack.url_file)}
    if receiver.pagerduty:
        settings = {"severity": PAGERDUTY_SEVERITY, "summary": TITLE, "details": {"text": TEXT}}
        key = read("pagerduty.key_file", receiver.pagerduty.key_file)
        yield "pagerduty", "pagerduty", settings, {"integrationKey": key}
    if receiver.opsgenie:
        shown = {"apiUrl": receiver.opsgenie.url.rstrip("/") + OPSGENIE_PATH, "message": TITLE, "description": TEXT}
        yield "opsgenie", "opsgenie", shown, {"apiKey": read("opsgenie.key_file", receiver.opsgenie.key_file)}
    if receiver.teams:
        yield (
            "teams",
            "teams",
            {"title": TITLE, "message": TEXT},
            {"url": read("teams.url_file", receiver.teams.url_file)},
        )
    if receiver.webhook:
        shown = {"url": receiver.webhook.url} if receiver.webhook.url else {}
        hidden = {"url": read("webhook.url_file", receiver.webhook.url_file)} if receiver.webhook.url_file else {}
        if receiver.webhook.token_file:
            shown |= {"authorization_scheme": "Bearer"}
            hidden |= {"authorization_credentials": read("webhook.token_file", receiver.webhook.token_file)}
        yield "webhook", "webhook", shown, hidden
    if receiver.inbox:
        yield "inbox", "webhook", {"url": inbox_url}, {}


def _secret(path: Path, place: str) -> str:
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblemError(f"{place}: {path}: expected a file with the secret, readable here: {error}") from error
    if not text:
        raise UsageProblemError(f"{place}: {path}: expected a file with the secret, and it is empty")
    return text
