"""The rules: rule files for Prometheus, rule groups for Grafana."""

import glob
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alerting import lint
from alerting.routes.grafana.policies import LABEL, VALUE
from alerting.rules import grafana, integration_form, integrations, layers, native, overrides
from vigie.core.builtin import builtin
from vigie.core.integrations.names import FOLDER as INTEGRATIONS
from vigie.core.integrations.names import find_folder
from vigie.core.promql.catalogue import Catalogue
from vigie.core.site_folder import within
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.hold import Hold
from vigie.reconcile.problem import Problem

FOLDER = builtin("alerting", "rules")


class Rules(Declaration):
    """Alerts and recording rules, with the alerts' runbooks, the metrics that they ask for, and their tests."""

    name = "rules"
    site_files = (
        *("rules/*.yml", "runbooks/*.md", "catalogue/*.txt", "tests/*.test.yml"),
        *("integrations/*/rules.yml", "integrations/*/rules.test.yml", "integrations/*/runbooks/*.md"),
        *("integrations/*/integration.yml", "integrations/*/metrics.txt", "integrations/*/setup.md"),
        "integrations/*/check.py",
    )
    servers = frozenset({"prometheus", "grafana"})
    delivers = frozenset({("rule files", f"{native.PREFIX}*"), ("rule groups", "*")})

    def builtin_files(self) -> Iterator[Path]:
        """Yield our rule files."""
        yield from FOLDER.glob("*.yml")
        yield from integrations.list_rule_files().values()

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what alerts lack, and what is wrong with their queries."""
        pages = integrations.list_runbooks(inputs.site)
        files = integrations.list_rule_files(inputs.site)
        problems = lint.check(FOLDER, pages, catalogue, inputs.site, files)
        return problems + integration_form.check(inputs.site)

    def rule_files(self, inputs: Inputs) -> Mapping[str, str]:
        """Return the rule files, without alerts where Grafana evaluates them."""
        settings = inputs.settings
        with_alerts = settings.evaluator == "prometheus"
        over, refused = within(inputs.site, "rules"), inputs.hold.files
        of_integrations = integrations.list_rule_files(inputs.site)
        texts = native.render(
            FOLDER,
            settings.runbook_base_url,
            over,
            with_alerts=with_alerts,
            without=refused,
            integrations=of_integrations,
        )
        unused = {f"{native.PREFIX}{name}" for name in integrations.list_unused(of_integrations, inputs.integrations)}
        return {name: text for name, text in texts.items() if name not in unused}

    def hold(self, file: str, inputs: Inputs) -> Hold | None:
        """Return what waits for one file: its own in Prometheus's folder, and its groups in Grafana."""
        over, name = within(inputs.site, "rules"), Path(file).name
        folder = find_folder(file, within(inputs.site, INTEGRATIONS))
        if name == overrides.FILE and over is not None and folder is None:  # it changes any of ours
            every = frozenset({("rule files", f"{native.PREFIX}*.yml"), ("rule groups", "*")})
            return Hold(frozenset({over / name}), objects=every)
        paths = layers.list_paths(FOLDER, over, integrations.list_rule_files(inputs.site))
        if folder is not None:  # also one whose manifest can't be read, which `paths` does not have
            name = f"{integrations.PREFIX}{folder.name}.yml"
            paths = {name: folder / integrations.RULES, **paths}
        if name not in paths:
            return None
        path, stem = paths[name], glob.escape(Path(name).stem)
        groups = {("rule groups", stem), ("rule groups", f"{stem}/*")}
        return Hold(frozenset({path}), objects=frozenset({("rule files", f"{native.PREFIX}{stem}.yml"), *groups}))

    def grafana_objects(self, inputs: Inputs) -> Mapping[str, Mapping[str, Any]]:
        """Return the rule groups: all alerts where Grafana evaluates them, else those that watch Prometheus."""
        of_integrations = integrations.list_rule_files(inputs.site)
        files = layers.load(FOLDER, within(inputs.site, "rules"), inputs.hold.files, of_integrations)
        unused = integrations.list_unused(of_integrations, inputs.integrations)
        groups = grafana.groups(
            {name: file for name, file in files.items() if name not in unused},
            inputs.settings.runbook_base_url,
            inputs.datasource,
            everything=inputs.settings.evaluator == "grafana",
            labels={LABEL: VALUE} if inputs.settings.notifier == "grafana" else {},
        )
        return {"rule groups": groups}
