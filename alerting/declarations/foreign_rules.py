"""Rule files of others, delivered as they are."""

import glob
from collections.abc import Mapping
from typing import Any

from alerting.foreign import checks, grafana, rendering
from alerting.foreign.reading import FOLDER, PATTERNS, find_files
from alerting.rules import twins
from alerting.rules.native import PREFIX
from vigie.core.builtin import builtin
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.hold import Hold
from vigie.reconcile.problem import Problem


class ForeignRules(Declaration):
    """Public rule files: what our rules must carry is not asked of them, only that they can work."""

    name = "foreign_rules"
    site_files = tuple(f"rules/{FOLDER}/**/{pattern}" for pattern in PATTERNS)
    servers = frozenset({"prometheus", "grafana"})
    delivers = frozenset({("rule files", f"{PREFIX}{FOLDER}-*"), ("rule groups", f"{FOLDER}/*")})

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what can't be delivered, and as warnings what can't work as it stands."""
        if not find_files(inputs.site):
            return []
        house = twins.read_house_files(builtin("alerting", "rules"), inputs.site)
        return checks.find_problems(inputs.site, catalogue, inputs.settings.evaluator, house)

    def rule_files(self, inputs: Inputs) -> Mapping[str, str]:
        """Return the rule files, without alerts where Grafana evaluates them."""
        return rendering.render_files(
            inputs.site, with_alerts=inputs.settings.evaluator == "prometheus", without=inputs.hold.files
        )

    def hold(self, file: str, inputs: Inputs) -> Hold | None:
        """Return what waits for one file: its own in Prometheus's folder, and its groups in Grafana."""
        shown = f"rules/{FOLDER}/"
        name = file.removeprefix(shown)
        path = find_files(inputs.site).get(name) if file.startswith(shown) else None
        if path is None:
            return None
        groups = f"{FOLDER}/{glob.escape(rendering.SUFFIX.sub('', name))}/*"
        in_prometheus = glob.escape(rendering.target_name(name))
        return Hold(frozenset({path}), objects=frozenset({("rule files", in_prometheus), ("rule groups", groups)}))

    def grafana_objects(self, inputs: Inputs) -> Mapping[str, Mapping[str, Any]]:
        """Return the rule groups where Grafana evaluates the alerts."""
        if inputs.settings.evaluator != "grafana":
            return {}
        return {"rule groups": grafana.make_groups(inputs)}
