"""Checks what `routes.yml` refers to: receivers, severities, hours, and ways that can't work."""

import re
from collections.abc import Iterable, Iterator, Mapping

from alerting.routes import calendar
from alerting.routes.downtimes import Downtime
from alerting.routes.integrations import INTEGRATIONS, OURS, list_own_words
from alerting.routes.matchers import parse_matcher
from alerting.routes.model import NOBODY, LabelRoute, Raw, Receiver, Routes, Team, Webhook, names
from vigie.core.errors import UsageProblemError
from vigie.core.yaml_file import Place, YamlFile
from vigie.reconcile.problem import Problem

SEVERITIES = ("critical", "warning", "info")
RAW_KEYS = {f"{name}_configs" for name in (*INTEGRATIONS, *OURS)}
Fault = tuple[Place, str]  # the keys that lead to the place, and the sentence


def check(routes: Routes, name: str, file: YamlFile) -> list[Problem]:
    """Return each name that is used and not there, and each receiver that can't work; `file` gives the lines."""
    faults = [*_teams(routes), *_severities(routes), *_heartbeat(routes), *_raw(routes.raw), *_hours(routes)]
    faults += _label_routes(("routes",), routes.routes, routes)
    faults += _inhibitions(routes)
    for receiver_name, receiver in routes.receivers.items():
        if receiver_name == NOBODY:
            faults.append((("receivers", NOBODY), "it tells nobody, and is there already: expected another name"))
        faults += [(("receivers", receiver_name, way), sentence) for way, sentence in _receiver(receiver, routes)]
    return _problems(name, file, faults)


def check_downtimes(downtimes: Mapping[str, Downtime], name: str, file: YamlFile) -> list[Problem]:
    """Return what Alertmanager would refuse of the recurring downtimes."""
    faults: list[Fault] = []
    for key, downtime in downtimes.items():
        times = (downtime.from_, downtime.to, downtime.timezone, downtime.weekdays, downtime.days_of_month)
        faults += [((key, setting), sentence) for setting, sentence in calendar.find_faults(*times)]
        faults += [((key, "match"), sentence) for sentence in _matchers(downtime.match)]
    return _problems(name, file, faults)


def _problems(name: str, file: YamlFile, faults: Iterable[Fault]) -> list[Problem]:
    return [Problem(f"{name}:{file.line(keys)}", ".".join(map(str, keys)), sentence) for keys, sentence in faults]


def _hours(routes: Routes) -> Iterator[Fault]:
    for name, hours in routes.hours.items():
        for setting, sentence in calendar.find_faults(hours.from_, hours.to, hours.timezone, hours.days):
            yield ("hours", name, "days" if setting == "weekdays" else setting), sentence


def _inhibitions(routes: Routes) -> Iterator[Fault]:
    for number, inhibition in enumerate(routes.inhibitions):
        for side in ("source", "target"):
            for sentence in _matchers(getattr(inhibition, side)):
                yield ("inhibitions", number, side), sentence


def _matchers(texts: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with matchers: their form, and their regular expressions as far as Python reads them."""
    for text in texts:
        try:
            _, sign, value = parse_matcher(text)
            re.compile(value if "~" in sign else "")
        except UsageProblemError as error:
            yield str(error)
        except re.error as error:
            yield f"matcher {text!r}: expected a regular expression: {error}"


def _teams(routes: Routes) -> Iterator[Fault]:
    yield from _team(("default",), routes.default, routes)
    for name, team in routes.teams.items():
        yield from _team(("teams", name), team, routes)
    for severity in SEVERITIES:
        if not names(getattr(routes.default, severity)):
            yield ("default", severity), f"{severity} is missing: expected whoever hears of the rest"


def _team(keys: tuple[str, ...], team: Team, routes: Routes) -> Iterator[Fault]:
    receivers = {*routes.receivers, NOBODY}
    for severity in SEVERITIES:
        for name in names(getattr(team, severity)):
            if name not in receivers:
                yield (*keys, severity), f"receiver {name} is not there; {_one_of(receivers)}"


def _severities(routes: Routes) -> Iterator[Fault]:
    for severity in SEVERITIES:
        if severity not in routes.severities:
            yield ("severities", severity), f"{severity} is missing"
    for name, timing in routes.severities.items():
        if name not in SEVERITIES:
            yield ("severities", name), f"{name} is no severity; {_one_of(set(SEVERITIES))}"
        if timing.hours is not None and timing.hours not in routes.hours:
            yield ("severities", name, "hours"), f"hours {timing.hours} are not there; {_one_of(set(routes.hours))}"


def _label_routes(keys: Place, members: tuple[LabelRoute, ...], routes: Routes) -> Iterator[Fault]:
    """Yield what the routes by label name and is not there; the outermost need receivers of their own."""
    receivers, hours = {*routes.receivers, NOBODY}, _intervals_of(routes)
    for number, route in enumerate(members):
        place = (*keys, number)
        if len(keys) == 1 and not names(route.receivers):
            yield place, "expected receivers, for what none of its routes takes"
        for name in names(route.receivers):
            if name not in receivers:
                yield place, f"receiver {name} is not there; {_one_of(receivers)}"
        for name in (*names(route.hours), *names(route.muted)):
            if name not in hours:
                yield place, f"hours {name} are not there; {_one_of(hours)}"
        yield from ((place, sentence) for sentence in _matchers(route.match))
        yield from _label_routes((*place, "routes"), route.routes, routes)


def _intervals_of(routes: Routes) -> set[str]:
    return {*routes.hours, *(str(interval.get("name")) for interval in routes.raw.time_intervals)}


def _raw(raw: Raw) -> Iterator[Fault]:
    for number, interval in enumerate(raw.time_intervals):
        if not isinstance(interval.get("name"), str):
            yield ("raw", "time_intervals", number), "expected a name"


def _heartbeat(routes: Routes) -> Iterator[Fault]:
    receivers = set(routes.receivers)
    if routes.heartbeat is not None and routes.heartbeat.receiver not in receivers:
        yield ("heartbeat", "receiver"), f"receiver {routes.heartbeat.receiver} is not there; {_one_of(receivers)}"


def _receiver(receiver: Receiver, routes: Routes) -> Iterator[tuple[str, str]]:
    if receiver.mail is not None and routes.mail_server is None:
        yield "mail", "there is no mail_server that could send it"
    if receiver.webhook is not None:
        yield from (("webhook", sentence) for sentence in _webhook(receiver.webhook))
    if receiver.slack is not None and (receiver.slack.url_file is None) == (receiver.slack.token_file is None):
        yield "slack", "expected either url_file or token_file"
    for key in receiver.raw:
        if key not in RAW_KEYS:
            yield "raw", f"{key} is no integration of Alertmanager; {_one_of(RAW_KEYS)}"
    ways = (receiver.mail, receiver.slack, receiver.pagerduty, receiver.opsgenie, receiver.webhook, receiver.teams)
    tells = receiver.inbox or any(ways) or list_own_words(receiver) or any(receiver.raw.values())
    if not tells and not receiver.silent:
        yield "", "tells nobody: expected one way at least, or `silent: true` where that is meant"
    if tells and receiver.silent:
        yield "silent", "it has ways to tell people: expected none, or no `silent`"


def _webhook(webhook: Webhook) -> Iterator[str]:
    if (webhook.url is None) == (webhook.url_file is None):
        yield "expected either url or url_file"
    if (webhook.user is None) != (webhook.password_file is None):
        yield "expected user and password_file together"
    if webhook.user is not None and webhook.token_file is not None:
        yield "expected token_file, or user and password_file"


def _one_of(allowed: set[str]) -> str:
    return "expected one of " + (", ".join(sorted(allowed)) or "nothing, as none is there")
