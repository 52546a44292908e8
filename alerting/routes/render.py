"""The files that an Alertmanager gets: its configuration, and the template of our messages."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import yaml

from alerting.routes import downtimes as recurring
from alerting.routes import hours, receivers, tree
from alerting.routes.model import Inhibition, MailServer, Routes
from vigie.core.builtin import builtin

HEADER = "# Written by `vigie provision apply` from routes.yml; changes made here are overwritten.\n"
Sender = Literal["alertmanager", "grafana"]
TEMPLATE = "vigie.tmpl"  # beside the configuration, which names it without a folder


class AlertmanagerFiles(NamedTuple):
    """The texts of both files."""

    configuration: str
    template: str


def render(
    routes: Routes, downtimes: Mapping[str, recurring.Downtime], facts: receivers.Facts, board_base_url: str
) -> AlertmanagerFiles:
    """Return the files for the version in `facts`; raises UsageProblemError for a receiver that it does not know."""
    document: dict[str, Any] = {
        "global": _globals(routes.mail_server) | routes.raw.global_,
        "templates": [TEMPLATE, *routes.raw.templates],
        "route": tree.render(routes, downtimes),
        "receivers": [
            *(receivers.render(name, receiver, facts) for name, receiver in routes.receivers.items()),
            receivers.nobody(),
        ],
        "time_intervals": [
            *(hours.interval(name, period) for name, period in routes.hours.items()),
            *(recurring.interval(name, downtime) for name, downtime in downtimes.items()),
            *routes.raw.time_intervals,
        ],
        "inhibit_rules": [
            *(_inhibition(inhibition) for inhibition in routes.inhibitions),
            *routes.raw.inhibit_rules,
        ],
    }
    document |= routes.raw.further
    text = yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)
    return AlertmanagerFiles(HEADER + text, template(board_base_url))


def template(board_base_url: str, sender: Sender = "alertmanager") -> str:
    """Return the template with the address of the boards filled in, and the links to pages of who sends it."""
    links, messages = (builtin("alerting", "routes", name).read_text() for name in (f"{sender}.tmpl", TEMPLATE))
    return f"{links}\n{messages}".replace("${board_base_url}", board_base_url.rstrip("/"))


def _globals(mail: MailServer | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"resolve_timeout": "5m"}
    if mail is not None:
        settings |= {"smtp_smarthost": mail.smarthost, "smtp_from": mail.from_, "smtp_require_tls": mail.require_tls}
        settings |= {"smtp_auth_username": mail.username} if mail.username else {}
        settings |= {"smtp_auth_password_file": mail.password_file} if mail.password_file else {}
    return settings


def _inhibition(inhibition: Inhibition) -> dict[str, Any]:
    return {
        "source_matchers": list(inhibition.source),
        "target_matchers": list(inhibition.target),
        "equal": list(inhibition.equal),
    }
