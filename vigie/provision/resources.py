"""The one place that knows which resources there are, and in which order they are brought about."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from alerting.delivery.alertmanager import Alertmanager
from alerting.delivery.alertmanager_configuration import Configuration
from alerting.delivery.prometheus import Prometheus
from alerting.delivery.rule_files import RuleFiles
from alerting.routes.grafana.policies import MARK
from dashboards.grafana.boards import Boards
from dashboards.grafana.client import connect
from dashboards.grafana.contact_points import ContactPoints
from dashboards.grafana.data_sources import DataSources, Login
from dashboards.grafana.folders import Folders
from dashboards.grafana.message_templates import MessageTemplates
from dashboards.grafana.mute_timings import MuteTimings
from dashboards.grafana.notification_policies import SUBTREE, NotificationPolicies
from dashboards.grafana.rule_groups import RuleGroups
from vigie.core.errors import UsageProblemError
from vigie.core.settings import Common, secret
from vigie.provision.declarations import find_read_declarations, merge_grafana_objects, merge_rule_files
from vigie.provision.grafanas import GrafanaAddress, grafanas_of
from vigie.provision.settings import Settings
from vigie.reconcile.declaration import AlertmanagerDesired, Inputs
from vigie.reconcile.hold import HeldResource, Hold
from vigie.reconcile.model import Resource
from vigie.stack import servers

Objects = Mapping[str, Mapping[str, Any]]
NONE: Mapping[str, Any] = {}


class Target(NamedTuple):
    """One place that desired state goes to; a resource relies on earlier ones of its target alone."""

    name: str
    resources: Sequence[Resource]


@contextlib.contextmanager
def open_targets(
    settings: Settings, common: Common, inputs: Inputs, *, grafana: bool, local: bool
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
            targets.append(stack.enter_context(_prometheus(settings, common, inputs)))
        if local and settings.alertmanager_config is not None:
            targets.append(stack.enter_context(_alertmanager(settings, settings.alertmanager_config, common, inputs)))
        if grafana:
            objects = merge_grafana_objects(inputs)
            targets += [
                stack.enter_context(_grafana(settings, address, objects)) for address in grafanas_of(settings, common)
            ]
        yield [_hold_back(target, inputs.hold) for target in targets]


@contextlib.contextmanager
def _prometheus(settings: Settings, common: Common, inputs: Inputs) -> Iterator[Target]:
    if settings.rules_dir is None:
        raise UsageProblemError("--local needs --rules-dir, the folder whose rule files Prometheus reads")
    if len(common.prometheus.url) != 1:
        raise UsageProblemError("--local needs exactly one --prometheus-url: it runs beside each Prometheus")
    texts = merge_rule_files(inputs)
    with Prometheus(common.prometheus, settings.timeout) as prometheus:
        files = RuleFiles(texts, settings.rules_dir, prometheus, lambda: servers.require("promtool").path)
        yield Target("local", [files])


@contextlib.contextmanager
def _alertmanager(settings: Settings, path: Path, common: Common, inputs: Inputs) -> Iterator[Target]:
    if len(common.alertmanager.url) != 1:
        raise UsageProblemError("--local needs exactly one --alertmanager-url: it runs beside each Alertmanager")
    desired = _find_alertmanager_desired(inputs)
    if desired is None:
        yield Target("alertmanager", [])
        return
    with Alertmanager(common.alertmanager, settings.timeout) as alertmanager:
        configuration = Configuration(
            path, desired.make, desired.cases, alertmanager, lambda: servers.require("amtool").path
        )
        yield Target("alertmanager", [configuration])


def _find_alertmanager_desired(inputs: Inputs) -> AlertmanagerDesired | None:
    """Return what Alertmanager gets, None while all of it waits."""
    made = [files for part in find_read_declarations(inputs) if (files := part.alertmanager(inputs))]
    assert len(made) == 1 or inputs.hold.declarations
    return made[0] if made else None


@contextlib.contextmanager
def _grafana(settings: Settings, address: GrafanaAddress, objects: Objects) -> Iterator[Target]:
    with connect(address.access, settings.timeout) as grafana:
        policy = objects.get("notification policies", NONE).get(SUBTREE)
        resources: list[Resource] = [
            Folders(grafana, objects.get("folders", NONE)),
            DataSources(grafana, address.prometheus_url, settings.scrape_interval, _login(settings)),
            MessageTemplates(grafana, objects.get("message templates", NONE)),
            MuteTimings(grafana, objects.get("mute timings", NONE)),
            ContactPoints(grafana, objects.get("contact points", NONE)),
            NotificationPolicies(grafana, policy, MARK),
            RuleGroups(grafana, objects.get("rule groups", NONE)),
            Boards(grafana, objects.get("boards", NONE), objects.get("board folders", NONE)),
        ]
        unused = objects.keys() - {resource.name for resource in resources} - {"board folders"}
        assert not unused, f"no resource takes {', '.join(sorted(unused))}"
        yield Target(address.name, resources)


def _hold_back(target: Target, hold: Hold) -> Target:
    return (
        Target(target.name, [HeldResource(resource, hold) for resource in target.resources]) if hold.objects else target
    )


def _login(settings: Settings) -> Login | None:
    """Return how Grafana signs in at Prometheus; raises UsageProblemError when half of it is missing."""
    password = secret(None, settings.datasource_password_file)
    if bool(settings.datasource_user) != bool(password):
        raise UsageProblemError("expected datasource_user and datasource_password_file together")
    return Login(settings.datasource_user, password) if settings.datasource_user and password else None
