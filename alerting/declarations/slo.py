"""The service level objectives, as recording rules."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from alerting.slo import rules, spec
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.problem import Problem


class Objectives(Declaration):
    """One file for each objective."""

    name = "slo"
    site_files = ("slo/*.yml",)
    servers = frozenset({"prometheus"})
    delivers = frozenset({("rule files", rules.FILE)})

    def builtin_files(self) -> Iterator[Path]:
        """Yield our objectives."""
        yield from spec.FOLDER.glob("*.yml")

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what is wrong with the files and their queries."""
        return spec.problems(inputs.site, catalogue)

    def rule_files(self, inputs: Inputs) -> Mapping[str, str]:
        """Return the recording rules."""
        return rules.files(inputs.site)
