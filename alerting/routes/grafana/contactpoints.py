"""The receivers as Grafana's contact points, with the secrets that Alertmanager would read from its files."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from alerting.routes.integrations import TEXT, TITLE, list_own_words
from alerting.routes.model import Receiver, Routes, Slack, Webhook
from alerting.routes.receivers import PAGERDUTY_SEVERITY
from alerting.rules.native import PREFIX
from vigie.core.errors import UsageProblemError

UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
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
    if len(plain) <= UID_CHARACTERS and not UNSAFE.search(plain):
        return plain
    end = f"-{hashlib.sha256(plain.encode()).hexdigest()[:8]}-{way}"
    return UNSAFE.sub("-", plain)[: UID_CHARACTERS - len(end)] + end


def _ways(name: str, receiver: Receiver, inbox_url: str) -> Iterator[tuple[str, str, dict[str, Any], dict[str, str]]]:
    """Yield way, Grafana's type, settings and secrets."""
    _require_known(name, receiver)

    def read(way: str, path: str) -> str:
        return _secret(Path(path), f"receivers.{name}.{way}")

    if receiver.mail:
        addresses = ";".join(receiver.mail.to)
        yield "mail", "email", {"addresses": addresses, "singleEmail": True, "subject": TITLE, "message": TEXT}, {}
    if receiver.slack:
        shown = {"recipient": receiver.slack.channel, "title": TITLE, "text": TEXT}
        yield "slack", "slack", shown, _read_slack(receiver.slack, read)
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
        yield "webhook", "webhook", *_webhook(receiver.webhook, read)
    if receiver.inbox:
        yield "inbox", "webhook", {"url": inbox_url}, {}


def _webhook(webhook: Webhook, read: Callable[[str, str], str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return settings and secrets of a webhook."""
    shown: dict[str, Any] = {"url": webhook.url} if webhook.url else {}
    hidden = {"url": read("webhook.url_file", webhook.url_file)} if webhook.url_file else {}
    if webhook.token_file:
        shown |= {"authorization_scheme": "Bearer"}
        hidden |= {"authorization_credentials": read("webhook.token_file", webhook.token_file)}
    if webhook.user and webhook.password_file:
        shown |= {"username": webhook.user}
        hidden |= {"password": read("webhook.password_file", webhook.password_file)}
    if webhook.max_alerts:
        shown |= {"maxAlerts": webhook.max_alerts}
    return shown, hidden


def _read_slack(slack: Slack, read: Callable[[str, str], str]) -> dict[str, str]:
    """Return the secret of Slack: the token of an app, else the URL of an incoming webhook."""
    if slack.token_file:
        return {"token": read("slack.token_file", slack.token_file)}
    return {"url": read("slack.url_file", slack.url_file or "")}


def _require_known(name: str, receiver: Receiver) -> None:
    """Raise UsageProblemError for what is said in Alertmanager's words, which Grafana does not understand."""
    foreign = [*list_own_words(receiver), *receiver.raw, *(["http"] if receiver.http else [])]
    if foreign:
        raise UsageProblemError(
            f"receivers.{name}.{foreign[0]}: it is said in Alertmanager's words, and notifier is grafana: expected "
            "mail, slack, pagerduty, opsgenie, webhook, teams or inbox"
        )


def _secret(path: Path, place: str) -> str:
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblemError(f"{place}: {path}: expected a file with the secret, readable here: {error}") from error
    if not text:
        raise UsageProblemError(f"{place}: {path}: expected a file with the secret, and it is empty")
    return text
