"""The routes and the recurring downtimes: Alertmanager's configuration, or Grafana's contact points and policies."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alerting.routes import desired
from alerting.routes.grafana import notices
from alerting.routes.integrations import Version
from alerting.routes.receivers import Facts
from alerting.routes.render import AlertmanagerFiles, render
from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.declaration import AlertmanagerDesired, Declaration, Inputs
from vigie.reconcile.problem import Problem

NOTICES = ("message templates", "mute timings", "contact points", "notification policies")


class Routes(Declaration):
    """Which receivers get which alerts, and when they are muted."""

    name = "routes"
    site_files = (desired.ROUTES, desired.CASES, desired.DOWNTIMES)
    servers = frozenset({"alertmanager", "grafana"})
    delivers = frozenset((resource, "*") for resource in ("alertmanager", *NOTICES))

    def builtin_files(self) -> Iterator[Path]:
        """Yield our routes and the templates of our messages."""
        yield builtin("alerting", desired.ROUTES)
        yield from builtin("alerting", "routes").glob("*.tmpl")

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what is wrong with the files."""
        del catalogue
        return desired.problems(inputs.site)

    def alertmanager(self, inputs: Inputs) -> AlertmanagerDesired:
        """Return what makes the configuration and the template, with the routes' own cases."""
        settings = inputs.settings
        routes, downtimes, cases = desired.load(inputs.site)

        def make(version: Version) -> AlertmanagerFiles:
            return render(routes, downtimes, Facts(version, settings.inbox_url), settings.board_base_url)

        return AlertmanagerDesired(make, cases)

    def grafana_objects(self, inputs: Inputs) -> Mapping[str, Mapping[str, Any]]:
        """Return what Grafana needs to notify people, nothing when Alertmanager does it.

        Raises UsageProblemError when Grafana should notify people of alerts that it does not evaluate.
        """
        settings = inputs.settings
        if settings.notifier != "grafana":
            return {}
        if settings.evaluator != "grafana":
            raise UsageProblemError("notifier grafana needs evaluator grafana: Prometheus has nobody to send alerts to")
        objects = notices.make_notices(desired.load(inputs.site), settings.inbox_url, settings.board_base_url)
        return {
            "message templates": objects.templates,
            "mute timings": objects.timings,
            "contact points": objects.contact_points,
            "notification policies": {"vigie": objects.policy},
        }
