"""The integrations that are said in Alertmanager's own words, with our messages where they name none."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from alerting.routes.model import OwnWords, Receiver

Version = tuple[int, ...]
TITLE, TEXT, HTML = (f'{{{{ template "vigie.{name}" . }}}}' for name in ("title", "text", "html"))
ALWAYS: Version = (0, 0)


class Integration(NamedTuple):
    """The first version that has it (Alertmanager's CHANGELOG), and its texts."""

    since: Version
    texts: Mapping[str, str]


# By the name in `routes.yml`, which is Alertmanager's key without `_configs`.
INTEGRATIONS: Mapping[str, Integration] = {
    "discord": Integration((0, 25), {"title": TITLE, "message": TEXT}),
    "incidentio": Integration((0, 29), {}),
    "jira": Integration((0, 28), {"summary": TITLE, "description": TEXT}),
    "mattermost": Integration((0, 30), {"text": f"{TITLE}\n{TEXT}"}),
    "msteams": Integration((0, 26), {"title": TITLE, "text": TEXT}),
    "pushover": Integration(ALWAYS, {"title": TITLE, "message": TEXT}),
    "rocketchat": Integration((0, 28), {"title": TITLE, "text": TEXT}),
    "sns": Integration((0, 23), {"subject": TITLE, "message": TEXT}),
    "telegram": Integration((0, 24), {"message": f"{TITLE}\n{TEXT}"}),
    "victorops": Integration(ALWAYS, {"entity_display_name": TITLE, "state_message": TEXT}),
    "webex": Integration((0, 25), {"message": f"{TITLE}\n{TEXT}"}),
    "wechat": Integration(ALWAYS, {"message": f"{TITLE}\n{TEXT}"}),
}
# The keys that only `raw` names: what is said of these in words of ours says less than Alertmanager can.
OURS = ("email", "slack", "pagerduty", "opsgenie", "webhook", "msteamsv2")


def list_own_words(receiver: Receiver) -> dict[str, OwnWords]:
    """Return the integrations of a receiver that are said in Alertmanager's own words, by name."""
    chosen = {name: getattr(receiver, name) for name in INTEGRATIONS}
    return {name: settings for name, settings in chosen.items() if settings is not None}


def render(name: str, settings: OwnWords) -> dict[str, Any]:
    """Return the settings of an integration with our texts where they name none of their own."""
    return {**INTEGRATIONS[name].texts, **settings}
