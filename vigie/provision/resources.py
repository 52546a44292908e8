"""The one place that knows which kinds of objects there are, and in which order they are brought about."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from alerting.budgets import rules as budgets
from alerting.delivery.alertmanager import Alertmanager
from alerting.delivery.alertmanager_configuration import Configuration
from alerting.delivery.prometheus import Prometheus
from alerting.delivery.rule_files import RuleFiles
from alerting.routes import declared
from alerting.routes.grafana import notices
from alerting.routes.receivers import Facts, Version
from alerting.routes.render import Made, render
from alerting.rules import grafana as grafana_rules
from alerting.rules import native
from alerting.slo import rules as objectives
from alerting.thresholds import rules as thresholds
from dashboards import all_boards as boards
from dashboards.grafana.boards import Boards
from dashboards.grafana.client import connect
from dashboards.grafana.contact_points import ContactPoints
from dashboards.grafana.data_sources import PROMETHEUS, DataSources, Login
from dashboards.grafana.folders import Folders
from dashboards.grafana.message_templates import MessageTemplates
from dashboards.grafana.mute_timings import MuteTimings
from dashboards.grafana.notification_policies import NotificationPolicies
from dashboards.grafana.rule_groups import RuleGroups
from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.core.settings import Common, Credentials, GrafanaAccess, secret
from vigie.core.site_folder import overlay, within
from vigie.provision.settings import Settings
from vigie.reconcile.model import Kind
from vigie.stack import servers

RULES = builtin("alerting", "rules")


class Target(NamedTuple):
    """One place that desired state goes to; its kinds rely on each other in their order, targets do not."""

    name: str
    kinds: Sequence[Kind]


class Server(NamedTuple):
    """One Grafana: its name in plans and metrics, the way to it, and where it reaches Prometheus."""

    name: str
    access: GrafanaAccess
    prometheus_url: str


class Declared(NamedTuple):
    """What every Grafana shall have."""

    boards: boards.AllBoards
    groups: Mapping[str, Any]
    notices: notices.Notices


@contextlib.contextmanager
def opened(
    settings: Settings, common: Common, site: Path | None, *, grafana: bool, local: bool
) -> Iterator[Sequence[Target]]:
    """Provide the chosen targets, and close their connections.

    The rules next door come first: they must arrive also when Grafana is away.
    Raises UsageProblemError when a target's settings are missing.
    """
    if not (grafana or local):
        raise UsageProblemError("expected --grafana, --local, or both: what should be provisioned?")
    with contextlib.ExitStack() as stack:
        targets: list[Target] = []
        if local and (settings.rules_dir is not None or settings.alertmanager_config is None):
            targets.append(stack.enter_context(_local(settings, common, site)))
        if local and settings.alertmanager_config is not None:
            targets.append(stack.enter_context(_alertmanager(settings, settings.alertmanager_config, common, site)))
        if grafana:
            declared = _declared(settings, site)
            made = (_grafana(settings, server, declared) for server in servers_of(settings, common))
            targets += [stack.enter_context(one) for one in made]
        yield targets


@contextlib.contextmanager
def _local(settings: Settings, common: Common, site: Path | None) -> Iterator[Target]:
    if settings.rules_dir is None:
        raise UsageProblemError("--local needs --rules-dir, the folder whose rule files Prometheus reads")
    if len(common.prometheus.url) != 1:
        raise UsageProblemError("--local needs exactly one --prometheus-url: it runs beside each Prometheus")
    texts = native.render(
        RULES, settings.runbook_base_url, within(site, "rules"), with_alerts=settings.evaluator == "prometheus"
    )
    texts |= budgets.files(site) | thresholds.files(site) | objectives.files(site)
    with Prometheus(common.prometheus, settings.timeout_seconds) as prometheus:
        files = RuleFiles(texts, settings.rules_dir, prometheus, lambda: servers.find("promtool").path)
        yield Target("local", [files])


@contextlib.contextmanager
def _alertmanager(settings: Settings, path: Path, common: Common, site: Path | None) -> Iterator[Target]:
    if len(common.alertmanager.url) != 1:
        raise UsageProblemError("--local needs exactly one --alertmanager-url: it runs beside each Alertmanager")
    routes, downtimes, cases = declared.load(site)

    def make(version: Version) -> Made:
        return render(routes, downtimes, Facts(version, settings.inbox_url), settings.board_base_url)

    with Alertmanager(common.alertmanager, settings.timeout_seconds) as alertmanager:
        one = Configuration(path, make, cases, alertmanager, lambda: servers.find("amtool").path)
        yield Target("alertmanager", [one])


@contextlib.contextmanager
def _grafana(settings: Settings, server: Server, declared: Declared) -> Iterator[Target]:
    with connect(server.access, settings.timeout_seconds) as grafana:
        sources = DataSources(grafana, server.prometheus_url, settings.scrape_interval_seconds, _login(settings))
        kinds: list[Kind] = [
            Folders(grafana, declared.boards.folders),
            sources,
            MessageTemplates(grafana, declared.notices.templates),
            MuteTimings(grafana, declared.notices.timings),
            ContactPoints(grafana, declared.notices.contact_points),
            NotificationPolicies(grafana, declared.notices.policy, notices.MARK),
            RuleGroups(grafana, declared.groups),
            Boards(grafana, declared.boards.boards, declared.boards.places),
        ]
        yield Target(server.name, kinds)


def _login(settings: Settings) -> Login | None:
    """Return how Grafana signs in at Prometheus; raises UsageProblemError when half of it is missing."""
    password = secret(None, settings.datasource_password_file)
    if bool(settings.datasource_user) != bool(password):
        raise UsageProblemError("expected datasource_user and datasource_password_file together")
    return Login(settings.datasource_user, password) if settings.datasource_user and password else None


def servers_of(settings: Settings, common: Common) -> list[Server]:
    """Return the Grafanas of the settings: the one of the common settings, or the several of `grafanas`.

    Raises UsageProblemError when both are named, or a secret can't be read.
    """
    prometheus_url = settings.datasource_url or common.prometheus.url[0]
    if not settings.grafanas:
        return [Server("grafana", common.grafana, prometheus_url)]
    if common.grafana.url:
        raise UsageProblemError("expected --grafana-url or `grafanas` in the configuration, and not both")
    names = [one.name for one in settings.grafanas]
    if len(set(names)) < len(names):
        raise UsageProblemError(f"grafanas: expected names of their own, and found {', '.join(names)}")
    return [
        Server(
            one.name,
            GrafanaAccess(url=(one.url,), **{name: getattr(one, name) for name in Credentials.__struct_fields__}),
            one.datasource_url or prometheus_url,
        )
        for one in settings.grafanas
    ]


def _declared(settings: Settings, site: Path | None) -> Declared:
    told = notices.NONE
    if settings.notifier == "grafana":
        if settings.evaluator != "grafana":
            raise UsageProblemError("notifier grafana needs evaluator grafana: Prometheus has nobody to send alerts to")
        told = notices.made(declared.load(site), settings.inbox_url, settings.board_base_url)
    groups = grafana_rules.groups(
        overlay(RULES, within(site, "rules"), "*.yml"),
        settings.runbook_base_url,
        PROMETHEUS,
        everything=settings.evaluator == "grafana",
        labels=told.labels,
    )
    return Declared(boards.load(within(site, "boards")), groups, told)
