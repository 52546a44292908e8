"""The receivers in Alertmanager's words, as its version knows them."""

from typing import Any, NamedTuple

from alerting.routes.model import NOBODY, Mail, Opsgenie, PagerDuty, Receiver, Slack, Teams, Webhook
from vigie.core.errors import UsageProblemError

Version = tuple[int, ...]
URL_FILES: Version = (0, 26)  # of webhooks
TEAMS: Version = (0, 28)  # workflows; the connectors before them have been switched off by Microsoft
TITLE, TEXT, HTML = (f'{{{{ template "vigie.{name}" . }}}}' for name in ("title", "text", "html"))
PAGERDUTY_SEVERITY = (
    '{{ if eq .CommonLabels.severity "critical" "warning" "info" }}{{ .CommonLabels.severity }}{{ else }}error{{ end }}'
)
LINKS = {text: f'{{{{ template "vigie.{text.lower()}" . }}}}' for text in ("Board", "Runbook", "Silence")}


class Facts(NamedTuple):
    """What does not stand in the file: the version to write for, and where the inbox is."""

    version: Version
    inbox_url: str


def render(name: str, one: Receiver, facts: Facts) -> dict[str, Any]:
    """Return a receiver with all of its ways; raises UsageProblemError for what this version has not."""
    made: dict[str, Any] = {"name": name}
    for key, way in (
        ("email_configs", one.mail and _mail(one.mail)),
        ("slack_configs", one.slack and _slack(one.slack)),
        ("pagerduty_configs", one.pagerduty and _pagerduty(one.pagerduty)),
        ("opsgenie_configs", one.opsgenie and _opsgenie(one.opsgenie)),
        ("msteamsv2_configs", one.teams and _teams(name, one.teams, facts)),
    ):
        if way:
            made[key] = [{"send_resolved": one.resolved, **way}]
    hooks = [_webhook(name, one.webhook, facts)] if one.webhook else []
    hooks += [{"url": facts.inbox_url}] if one.inbox else []
    if hooks:
        made["webhook_configs"] = [{"send_resolved": one.resolved, **hook} for hook in hooks]
    return made


def nobody() -> dict[str, Any]:
    """Return the receiver that is told and does nothing."""
    return {"name": NOBODY}


def _mail(one: Mail) -> dict[str, Any]:
    return {"to": ", ".join(one.to), "headers": {"Subject": TITLE}, "html": HTML, "text": TEXT}


def _slack(one: Slack) -> dict[str, Any]:
    colour = '{{ if eq .Status "firing" }}{{ if eq .CommonLabels.severity "critical" }}danger{{ else }}warning{{ end }}'
    return {
        "api_url_file": one.url_file,
        "channel": one.channel,
        "color": colour + "{{ else }}good{{ end }}",
        "title": TITLE,
        "title_link": '{{ template "vigie.alerts" . }}',
        "text": TEXT,
        "actions": [{"type": "button", "text": text, "url": url} for text, url in LINKS.items()],
    }


def _pagerduty(one: PagerDuty) -> dict[str, Any]:
    return {
        "routing_key_file": one.key_file,
        "description": TITLE,
        "severity": PAGERDUTY_SEVERITY,
        "links": [{"href": url, "text": text} for text, url in LINKS.items()],
        "details": {"text": TEXT},
    }


def _opsgenie(one: Opsgenie) -> dict[str, Any]:
    return {
        "api_key_file": one.key_file,
        "api_url": one.url,
        "message": TITLE,
        "description": TEXT,
        "priority": '{{ if eq .CommonLabels.severity "critical" }}P1{{ else if eq .CommonLabels.severity "warning" }}P3'
        "{{ else }}P5{{ end }}",
    }


def _webhook(name: str, one: Webhook, facts: Facts) -> dict[str, Any]:
    made: dict[str, Any] = {"url": one.url} if one.url else {"url_file": one.url_file}
    if one.url_file:
        _require(name, "webhook.url_file", URL_FILES, facts)
    if one.token_file:
        made["http_config"] = {"authorization": {"credentials_file": one.token_file}}
    return made


def _teams(name: str, one: Teams, facts: Facts) -> dict[str, Any]:
    _require(name, "teams", TEAMS, facts)
    return {"webhook_url_file": one.url_file, "title": TITLE, "text": TEXT}


def _require(name: str, what: str, needed: Version, facts: Facts) -> None:
    if facts.version < needed:
        wanted, found = (".".join(str(part) for part in version) for version in (needed, facts.version))
        raise UsageProblemError(f"receivers.{name}.{what} needs Alertmanager {wanted} or newer, and {found} runs there")
