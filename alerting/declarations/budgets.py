"""The budgets of series, as recording rules."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from alerting.budgets import budgets, rules
from vigie.core.builtin import builtin
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.problem import Problem


class Budgets(Declaration):
    """How many series each may have."""

    name = "budgets"
    site_files = (budgets.FILE,)
    servers = frozenset({"prometheus"})
    delivers = frozenset({("rule files", rules.NAME)})

    def builtin_files(self) -> Iterator[Path]:
        """Yield our budgets."""
        yield builtin("alerting", "budgets", budgets.FILE)

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what is wrong with the file."""
        del catalogue
        return budgets.problems(inputs.site)

    def rule_files(self, inputs: Inputs) -> Mapping[str, str]:
        """Return the recording rules."""
        return rules.files(inputs.site)
