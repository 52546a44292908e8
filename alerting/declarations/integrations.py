"""The folders of integrations as such: their manifests, catalogues of metrics and pages of set-up."""

from collections.abc import Iterator
from pathlib import Path

from alerting.rules import integration_form
from alerting.rules.integrations import list_folders
from vigie.core.promql.catalogue import Catalogue
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.hold import Hold
from vigie.reconcile.problem import Problem

FILES = ("integration.yml", "metrics.txt", "setup.md")


class Integrations(Declaration):
    """What holds an integration's folder together; its rules and its board are declared beside ours."""

    name = "integrations"
    site_files = tuple(f"integrations/*/{pattern}" for pattern in (*FILES, "check.py"))
    servers = frozenset({"prometheus", "grafana"})
    delivers = frozenset()

    def builtin_files(self) -> Iterator[Path]:
        """Yield no file: nothing is delivered of these alone."""
        yield from ()

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what the folders lack."""
        del catalogue
        return integration_form.check(inputs.site)

    def hold(self, file: str, inputs: Inputs) -> Hold | None:
        """Return what waits for one file: rules and board of its integration, once they are delivered."""
        for name, folder in list_folders(inputs.site).items():
            if folder.name in Path(file).parts[-3:]:
                stem = f"integration-{name}"
                rules = {("rule files", f"vigie-{stem}.yml"), ("rule groups", stem), ("rule groups", f"{stem}/*")}
                return Hold(objects=frozenset({*rules, ("boards", f"vigie-{stem}")}))
        return None
