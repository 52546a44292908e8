"""The rules: rule files for Prometheus, rule groups for Grafana."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alerting import lint
from alerting.routes.grafana.policies import LABEL, VALUE
from alerting.rules import grafana, layers, native
from vigie.core.builtin import builtin
from vigie.core.promql.catalogue import Catalogue
from vigie.core.site_folder import within
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.problem import Problem

FOLDER = builtin("alerting", "rules")
RUNBOOKS = builtin("alerting", "runbooks")


class Rules(Declaration):
    """Alerts and recording rules, with the alerts' runbooks, the metrics that they ask for, and their tests."""

    name = "rules"
    site_files = ("rules/*.yml", "runbooks/*.md", "catalogue/*.txt", "tests/*.test.yml")
    servers = frozenset({"prometheus", "grafana"})

    def builtin_files(self) -> Iterator[Path]:
        """Yield our rule files."""
        yield from FOLDER.glob("*.yml")

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what alerts lack, and what is wrong with their queries."""
        return lint.check(FOLDER, RUNBOOKS, catalogue, inputs.site)

    def rule_files(self, inputs: Inputs) -> Mapping[str, str]:
        """Return the rule files, without alerts where Grafana evaluates them."""
        settings = inputs.settings
        with_alerts = settings.evaluator == "prometheus"
        return native.render(FOLDER, settings.runbook_base_url, within(inputs.site, "rules"), with_alerts=with_alerts)

    def grafana_objects(self, inputs: Inputs) -> Mapping[str, Mapping[str, Any]]:
        """Return the rule groups: all alerts where Grafana evaluates them, else those that watch Prometheus."""
        groups = grafana.groups(
            layers.load(FOLDER, within(inputs.site, "rules")),
            inputs.settings.runbook_base_url,
            inputs.datasource,
            everything=inputs.settings.evaluator == "grafana",
            labels={LABEL: VALUE} if inputs.settings.notifier == "grafana" else {},
        )
        return {"rule groups": groups}
