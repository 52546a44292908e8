"""The limits that some hosts have of their own, as recording rules."""

from collections.abc import Mapping

from alerting.thresholds import rules
from alerting.thresholds.reading import FILE
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.problem import Problem


class Thresholds(Declaration):
    """Which hosts have another limit; vigie brings none."""

    name = "thresholds"
    site_files = (FILE,)
    servers = frozenset({"prometheus"})
    delivers = frozenset({("rule files", rules.NAME)})

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what is wrong with the file."""
        del catalogue
        return rules.problems(inputs.site)

    def rule_files(self, inputs: Inputs) -> Mapping[str, str]:
        """Return the recording rules."""
        return rules.files(inputs.site)
