"""The rules: rule files for Prometheus, rule groups for Grafana."""

import glob
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alerting import lint
from alerting.routes.grafana.policies import LABEL, VALUE
from alerting.rules import grafana, layers, native, overrides
from vigie.core.builtin import builtin
from vigie.core.promql.catalogue import Catalogue
from vigie.core.site_folder import overlay, within
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.hold import Hold
from vigie.reconcile.problem import Problem

FOLDER = builtin("alerting", "rules")
RUNBOOKS = builtin("alerting", "runbooks")


class Rules(Declaration):
    """Alerts and recording rules, with the alerts' runbooks, the metrics that they ask for, and their tests."""

    name = "rules"
    site_files = ("rules/*.yml", "runbooks/*.md", "catalogue/*.txt", "tests/*.test.yml")
    servers = frozenset({"prometheus", "grafana"})
    delivers = frozenset({("rule files", f"{native.PREFIX}*"), ("rule groups", "*")})

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
        over, refused = within(inputs.site, "rules"), inputs.hold.files
        return native.render(FOLDER, settings.runbook_base_url, over, with_alerts=with_alerts, without=refused)

    def hold(self, file: str, inputs: Inputs) -> Hold | None:
        """Return what waits for one file: its own in Prometheus's folder, and its groups in Grafana."""
        path = overlay(FOLDER, within(inputs.site, "rules"), "*.yml").get(Path(file).name)
        if path is None:
            return None
        if path.name == overrides.FILE:  # it changes any of ours
            every = frozenset({("rule files", f"{native.PREFIX}*.yml"), ("rule groups", "*")})
            return Hold(frozenset({path}), objects=every)
        stem = glob.escape(path.stem)
        groups = {("rule groups", stem), ("rule groups", f"{stem}/*")}
        return Hold(frozenset({path}), objects=frozenset({("rule files", f"{native.PREFIX}{stem}.yml"), *groups}))

    def grafana_objects(self, inputs: Inputs) -> Mapping[str, Mapping[str, Any]]:
        """Return the rule groups: all alerts where Grafana evaluates them, else those that watch Prometheus."""
        groups = grafana.groups(
            layers.load(FOLDER, within(inputs.site, "rules"), inputs.hold.files),
            inputs.settings.runbook_base_url,
            inputs.datasource,
            everything=inputs.settings.evaluator == "grafana",
            labels={LABEL: VALUE} if inputs.settings.notifier == "grafana" else {},
        )
        return {"rule groups": groups}
