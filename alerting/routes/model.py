"""The shape of `routes.yml`: receivers, teams, severities, hours, inhibition."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Period = Annotated[str, Meta(pattern=r"^([0-9]+(ms|s|m|h|d|w|y))+$", description="As 30s, 4h, 1d.")]
# What can stand in a matcher and in amtool's answer as it is.
Name = Annotated[str, Meta(pattern=r"^[^\s\"\\,{}]([^\"\\,{}\n\r\t]*[^\s\"\\,{}])?$")]
# Plain: msgspec 0.22 can crash at exit over a union of annotated strings; a name that is none is found by the checks.
Names = str | tuple[str, ...]
ClockTime = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", description="As 08:00.")]
PlainName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
# Of an integration, in Alertmanager's own words: its documentation names them.
OwnWords = dict[str, Any]
NOBODY = "nobody"  # the receiver without an integration, for alerts that notify nobody


class Part(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"from_": "from", "continue_": "continue", "global_": "global"},
):
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
    """A channel, and the file with the incoming webhook's URL or with the token of an app (Alertmanager 0.30)."""

    channel: str
    url_file: str | None = None
    token_file: str | None = None


class PagerDuty(Part, frozen=True):
    """The file that holds the key of an integration of the Events API v2."""

    key_file: str


class Opsgenie(Part, frozen=True):
    """The file that holds an API key, and where the API is (Europe has its own)."""

    key_file: str
    url: str = "https://api.opsgenie.com/"


class Webhook(Part, frozen=True):
    """Exactly one of `url` and `url_file` (Alertmanager 0.26), and how it signs in: a bearer's token, or a user."""

    url: str | None = None
    url_file: str | None = None
    token_file: str | None = None
    user: str | None = None
    password_file: str | None = None
    max_alerts: int = 0


class Teams(Part, frozen=True):
    """The file that holds the URL of a workflow of Microsoft Teams (Alertmanager 0.28)."""

    url_file: str


class Receiver(Part, frozen=True):
    """All integrations of one receiver; `inbox` is the one that logs on this machine.

    `raw` are further ones under Alertmanager's own keys. `http` is the `http_config` of each that has none of its own.
    `silent` tells nobody, on purpose.
    """

    mail: Mail | None = None
    slack: Slack | None = None
    pagerduty: PagerDuty | None = None
    opsgenie: Opsgenie | None = None
    webhook: Webhook | None = None
    teams: Teams | None = None
    discord: OwnWords | None = None
    incidentio: OwnWords | None = None
    jira: OwnWords | None = None
    mattermost: OwnWords | None = None
    msteams: OwnWords | None = None
    pushover: OwnWords | None = None
    rocketchat: OwnWords | None = None
    sns: OwnWords | None = None
    telegram: OwnWords | None = None
    victorops: OwnWords | None = None
    webex: OwnWords | None = None
    wechat: OwnWords | None = None
    raw: dict[str, tuple[OwnWords, ...]] = {}
    http: OwnWords | None = None
    inbox: bool = False
    silent: bool = False
    resolved: bool = True


class Timing(Part, frozen=True):
    """What a team or a route does otherwise than its severity says."""

    wait: Period | None = None
    repeat: Period | None = None
    hours: Name | None = None


class Team(Part, frozen=True):
    """The receivers of a team's alerts by severity; what is not named goes where `default` says."""

    critical: Names | None = None
    warning: Names | None = None
    info: Names | None = None
    timing: dict[str, Timing] = {}


class Severity(Part, frozen=True):
    """How long a group waits for more, how often it is repeated, and in which hours it is sent at all.

    `also` are the names that others have for this severity, such as `page`.
    """

    wait: Period
    repeat: Period
    hours: Name | None = None
    also: tuple[Name, ...] = ()


class Hours(Part, frozen=True):
    """Business hours; where `to` is not after `from`, they end on the next day."""

    days: tuple[str, ...]
    from_: ClockTime
    to: ClockTime
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


class LabelRoute(Part, frozen=True):
    """Who hears of alerts that match all of `match`: the first of `routes` that matches, else `receivers`.

    What is not said is as in the route around it. In `hours` alone it is sent, in `muted` it is not. `raw` is merged
    into it in Alertmanager's words.
    """

    match: tuple[str, ...] = ()
    receivers: Names | None = None
    continue_: bool = False
    by: tuple[str, ...] | None = None
    wait: Period | None = None
    interval: Period | None = None
    repeat: Period | None = None
    hours: Names | None = None
    muted: Names | None = None
    raw: OwnWords = {}
    routes: tuple["LabelRoute", ...] = ()


class Raw(Part, frozen=True):
    """What is merged into Alertmanager's configuration in its own words."""

    global_: OwnWords = {}
    templates: tuple[str, ...] = ()
    time_intervals: tuple[OwnWords, ...] = ()
    inhibit_rules: tuple[OwnWords, ...] = ()
    further: OwnWords = {}


class Routes(Part, frozen=True):
    """The whole file."""

    receivers: dict[Name, Receiver]
    default: Team
    severities: dict[Name, Severity]
    grouping: Grouping
    teams: dict[Name, Team] = {}
    hours: dict[PlainName, Hours] = {}
    immediate: tuple[Name, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    mail_server: MailServer | None = None
    heartbeat: Heartbeat | None = None
    routes: tuple[LabelRoute, ...] = ()
    raw: Raw = Raw()


def names(chosen: Names | None) -> tuple[str, ...]:
    """Return one or several names as several."""
    return (chosen,) if isinstance(chosen, str) else chosen or ()
