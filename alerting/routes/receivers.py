"""The receivers in Alertmanager's words, as its version knows them."""

from typing import Any, NamedTuple

from alerting.routes import integrations
from alerting.routes.integrations import HTML, INTEGRATIONS, TEXT, TITLE, Version
from alerting.routes.model import NOBODY, Mail, Opsgenie, PagerDuty, Receiver, Slack, Teams, Webhook
from vigie.core.errors import UsageProblemError

URL_FILES: Version = (0, 26)  # of webhooks
SLACK_APPS: Version = (0, 30)
TEAMS: Version = (0, 28)  # workflows; the connectors before them have been switched off by Microsoft
PAGERDUTY_SEVERITY = (
    '{{ if eq .CommonLabels.severity "critical" "warning" "info" }}{{ .CommonLabels.severity }}{{ else }}error{{ end }}'
)
LINKS = {text: f'{{{{ template "vigie.{text.lower()}" . }}}}' for text in ("Board", "Runbook", "Silence")}


class Facts(NamedTuple):
    """What does not stand in the file: the version to write for, and where the inbox is."""

    version: Version
    inbox_url: str


def render(name: str, receiver: Receiver, facts: Facts) -> dict[str, Any]:
    """Return a receiver with all of its ways; raises UsageProblemError for what this version has not."""
    rendered: dict[str, Any] = {"name": name}
    for key, way in (
        ("email_configs", receiver.mail and _mail(receiver.mail)),
        ("slack_configs", receiver.slack and _slack(name, receiver.slack, facts)),
        ("pagerduty_configs", receiver.pagerduty and _pagerduty(receiver.pagerduty)),
        ("opsgenie_configs", receiver.opsgenie and _opsgenie(receiver.opsgenie)),
        ("msteamsv2_configs", receiver.teams and _teams(name, receiver.teams, facts)),
    ):
        if way:
            rendered[key] = [{"send_resolved": receiver.resolved, **way}]
    hooks = [_webhook(name, receiver.webhook, facts)] if receiver.webhook else []
    hooks += [{"url": facts.inbox_url}] if receiver.inbox else []
    if hooks:
        rendered["webhook_configs"] = [{"send_resolved": receiver.resolved, **hook} for hook in hooks]
    for kind, settings in integrations.list_own_words(receiver).items():
        _require(name, kind, INTEGRATIONS[kind].since, facts)
        rendered[f"{kind}_configs"] = [{"send_resolved": receiver.resolved, **integrations.render(kind, settings)}]
    for key, ways in receiver.raw.items():
        rendered[key] = [*rendered.get(key, ()), *ways]
    return _with_http(rendered, receiver)


def _with_http(rendered: dict[str, Any], receiver: Receiver) -> dict[str, Any]:
    """Return a receiver whose integrations have its `http_config`, but for mail and those with one of their own."""
    if receiver.http is None:
        return rendered
    return {
        key: value
        if key in {"name", "email_configs", "sns_configs"}
        else [{**way, "http_config": {**receiver.http, **way.get("http_config", {})}} for way in value]
        for key, value in rendered.items()
    }


def nobody() -> dict[str, Any]:
    """Return the receiver without integrations."""
    return {"name": NOBODY}


def _mail(mail: Mail) -> dict[str, Any]:
    return {"to": ", ".join(mail.to), "headers": {"Subject": TITLE}, "html": HTML, "text": TEXT}


def _slack(name: str, slack: Slack, facts: Facts) -> dict[str, Any]:
    if slack.token_file:
        _require(name, "slack.token_file", SLACK_APPS, facts)
    colour = '{{ if eq .Status "firing" }}{{ if eq .CommonLabels.severity "critical" }}danger{{ else }}warning{{ end }}'
    return {
        **({"app_token_file": slack.token_file} if slack.token_file else {"api_url_file": slack.url_file}),
        "channel": slack.channel,
        "color": colour + "{{ else }}good{{ end }}",
        "title": TITLE,
        "title_link": '{{ template "vigie.alerts" . }}',
        "text": TEXT,
        "actions": [{"type": "button", "text": text, "url": url} for text, url in LINKS.items()],
    }


def _pagerduty(pagerduty: PagerDuty) -> dict[str, Any]:
    return {
        "routing_key_file": pagerduty.key_file,
        "description": TITLE,
        "severity": PAGERDUTY_SEVERITY,
        "links": [{"href": url, "text": text} for text, url in LINKS.items()],
        "details": {"text": TEXT},
    }


def _opsgenie(opsgenie: Opsgenie) -> dict[str, Any]:
    return {
        "api_key_file": opsgenie.key_file,
        "api_url": opsgenie.url,
        "message": TITLE,
        "description": TEXT,
        "priority": '{{ if eq .CommonLabels.severity "critical" }}P1{{ else if eq .CommonLabels.severity "warning" }}P3'
        "{{ else }}P5{{ end }}",
    }


def _webhook(name: str, webhook: Webhook, facts: Facts) -> dict[str, Any]:
    rendered: dict[str, Any] = {"url": webhook.url} if webhook.url else {"url_file": webhook.url_file}
    if webhook.url_file:
        _require(name, "webhook.url_file", URL_FILES, facts)
    if webhook.token_file:
        rendered["http_config"] = {"authorization": {"credentials_file": webhook.token_file}}
    if webhook.user:
        rendered["http_config"] = {"basic_auth": {"username": webhook.user, "password_file": webhook.password_file}}
    if webhook.max_alerts:
        rendered["max_alerts"] = webhook.max_alerts
    return rendered


def _teams(name: str, teams: Teams, facts: Facts) -> dict[str, Any]:
    _require(name, "teams", TEAMS, facts)
    return {"webhook_url_file": teams.url_file, "title": TITLE, "text": TEXT}


def _require(name: str, what: str, needed: Version, facts: Facts) -> None:
    if facts.version < needed:
        minimum, running = (".".join(str(part) for part in version) for version in (needed, facts.version))
        raise UsageProblemError(
            f"receivers.{name}.{what} needs Alertmanager {minimum} or newer, and {running} runs there"
        )
