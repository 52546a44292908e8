"""The files that an Alertmanager gets: its configuration, and the template of our messages."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from alerting.routes import downtimes as recurring
from alerting.routes import receivers, tree
from alerting.routes.model import Hours, Inhibition, MailServer, Routes
from vigie.data import builtin

HEADER = "# Written by `vigie provision apply` from routes.yml; changes made here are overwritten.\n"
TEMPLATE = "vigie.tmpl"  # beside the configuration, which names it without a folder


class Made(NamedTuple):
    """The texts of both files."""

    configuration: str
    template: str


def render(
    routes: Routes, downtimes: Mapping[str, recurring.Downtime], facts: receivers.Facts, board_base_url: str
) -> Made:
    """Return the files for the version in `facts`; raises UsageProblemError for a receiver that it does not know."""
    document: dict[str, Any] = {
        "global": _globals(routes.mail_server),
        "templates": [TEMPLATE],
        "route": tree.render(routes, downtimes),
        "receivers": [
            *(receivers.render(name, one, facts) for name, one in routes.receivers.items()),
            receivers.nobody(),
        ],
        "time_intervals": [
            *(_interval(name, one) for name, one in routes.hours.items()),
            *(recurring.interval(name, one) for name, one in downtimes.items()),
        ],
        "inhibit_rules": [_inhibition(one) for one in routes.inhibitions],
    }
    text = yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)
    return Made(HEADER + text, template(board_base_url))


def template(board_base_url: str) -> str:
    """Return the template with the address of the boards filled in."""
    return builtin("alerting", "routes", TEMPLATE).read_text().replace("${board_base_url}", board_base_url.rstrip("/"))


def _globals(mail: MailServer | None) -> dict[str, Any]:
    made: dict[str, Any] = {"resolve_timeout": "5m"}
    if mail is not None:
        made |= {"smtp_smarthost": mail.smarthost, "smtp_from": mail.from_, "smtp_require_tls": mail.require_tls}
        made |= {"smtp_auth_username": mail.username} if mail.username else {}
        made |= {"smtp_auth_password_file": mail.password_file} if mail.password_file else {}
    return made


def _interval(name: str, one: Hours) -> dict[str, Any]:
    times = [{"start_time": one.from_, "end_time": one.to}]
    return {"name": name, "time_intervals": [{"weekdays": list(one.days), "times": times, "location": one.timezone}]}


def _inhibition(one: Inhibition) -> dict[str, Any]:
    return {"source_matchers": list(one.source), "target_matchers": list(one.target), "equal": list(one.equal)}
