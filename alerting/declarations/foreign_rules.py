"""Rule files of others, delivered as they are."""

from collections.abc import Mapping
from typing import Any

from alerting.foreign import checks, grafana, rendering
from alerting.foreign.reading import FOLDER, PATTERNS
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.problem import Problem


class ForeignRules(Declaration):
    """Public rule files: what our rules must carry is not asked of them, only that they can work."""

    name = "foreign_rules"
    site_files = tuple(f"rules/{FOLDER}/**/{pattern}" for pattern in PATTERNS)
    servers = frozenset({"prometheus", "grafana"})

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what can't be delivered, and as warnings what can't work as it stands."""
        return checks.find_problems(inputs.site, catalogue, inputs.settings.evaluator)

    def rule_files(self, inputs: Inputs) -> Mapping[str, str]:
        """Return the rule files, without alerts where Grafana evaluates them."""
        return rendering.render_files(inputs.site, with_alerts=inputs.settings.evaluator == "prometheus")

    def grafana_objects(self, inputs: Inputs) -> Mapping[str, Mapping[str, Any]]:
        """Return the rule groups where Grafana evaluates the alerts."""
        if inputs.settings.evaluator != "grafana":
            return {}
        return {"rule groups": grafana.make_groups(inputs)}
