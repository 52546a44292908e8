"""The shape of `routes.yml`: receivers, teams, severities, hours, inhibition."""

from typing import Annotated

import msgspec
from msgspec import Meta

Period = Annotated[str, Meta(pattern=r"^([0-9]+(ms|s|m|h|d))+$", description="As 30s, 4h, 1d.")]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
# Plain: msgspec 0.22 can crash at exit over a union of annotated strings; a name that is none is found by the checks.
Names = str | tuple[str, ...]
NOBODY = "nobody"  # the receiver without an integration, for alerts that notify nobody


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """What all parts share: frozen, and nothing unknown in them."""


class MailServer(Part, frozen=True):
    """The way out for mail."""

    smarthost: str
    from_: str
    username: str | None = None
    password_file: str | None = None
    require_tls: bool = True


class Mail(Part, frozen=True):
    """To whom."""

    to: tuple[str, ...]


class Slack(Part, frozen=True):
    """A channel, and the file that holds the incoming webhook's URL."""

    channel: str
    url_file: str


class PagerDuty(Part, frozen=True):
    """The file that holds the key of an integration of the Events API v2."""

    key_file: str


class Opsgenie(Part, frozen=True):
    """The file that holds an API key, and where the API is (Europe has its own)."""

    key_file: str
    url: str = "https://api.opsgenie.com/"


class Webhook(Part, frozen=True):
    """Exactly one of `url` and `url_file` (Alertmanager 0.26); the token goes as a bearer's."""

    url: str | None = None
    url_file: str | None = None
    token_file: str | None = None


class Teams(Part, frozen=True):
    """The file that holds the URL of a workflow of Microsoft Teams (Alertmanager 0.28)."""

    url_file: str


class Receiver(Part, frozen=True):
    """All integrations of one receiver; `inbox` is the one that logs on this machine."""

    mail: Mail | None = None
    slack: Slack | None = None
    pagerduty: PagerDuty | None = None
    opsgenie: Opsgenie | None = None
    webhook: Webhook | None = None
    teams: Teams | None = None
    inbox: bool = False
    resolved: bool = True


class Team(Part, frozen=True):
    """The receivers of a team's alerts by severity; what is not named goes where `default` says."""

    critical: Names | None = None
    warning: Names | None = None
    info: Names | None = None


class Severity(Part, frozen=True):
    """How long a group waits for more, how often it is repeated, and in which hours it is sent at all."""

    wait: Period
    repeat: Period
    hours: Name | None = None


class Hours(Part, frozen=True):
    """Business hours."""

    days: tuple[str, ...]
    from_: Annotated[str, Meta(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]
    to: Annotated[str, Meta(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]
    timezone: str = "UTC"


class Grouping(Part, frozen=True):
    """What makes one message, and how soon a message about the same group may follow."""

    by: tuple[str, ...]
    interval: Period


class Inhibition(Part, frozen=True):
    """While an alert matches all of `source`, those that match all of `target` and agree in `equal` are held back."""

    why: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    equal: tuple[str, ...]


class Heartbeat(Part, frozen=True):
    """Where the Watchdog goes, and how often."""

    receiver: Name
    every: Period = "1m"


class Routes(Part, frozen=True):
    """The whole file."""

    receivers: dict[Name, Receiver]
    default: Team
    severities: dict[Name, Severity]
    grouping: Grouping
    teams: dict[Name, Team] = {}
    hours: dict[Name, Hours] = {}
    immediate: tuple[Name, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    mail_server: MailServer | None = None
    heartbeat: Heartbeat | None = None


def names(chosen: Names | None) -> tuple[str, ...]:
    """Return one or several names as several."""
    return (chosen,) if isinstance(chosen, str) else chosen or ()
