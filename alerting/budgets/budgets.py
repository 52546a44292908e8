"""The budgets: how many series all, a job, a team, a host may have; read from the site folder, else our own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import yaml
from msgspec import Meta

from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.reconcile.problem import Problem, of_loading

FILE = "budgets.yml"
DEFAULT = "default"
SCOPES = ("job", "team", "host")
Series = Annotated[int, Meta(ge=1, description="A number of series.")]


class Budgets(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The most series that each may have; `default` holds for those that are not named."""

    total: Series | None = None
    jobs: dict[str, Series] = {}
    teams: dict[str, Series] = {}
    hosts: dict[str, Series] = {}

    def of_scope(self, scope: str) -> Mapping[str, int]:
        """Return the budgets of `job`, `team` or `host`, by name."""
        budgets: dict[str, int] = getattr(self, f"{scope}s")
        return budgets

    def of(self, scope: str, name: str) -> int | None:
        """Return the budget of one, None when it has none; the name of the total is empty."""
        if scope == "total":
            return self.total
        budgets = self.of_scope(scope)
        return budgets.get(name, budgets.get(DEFAULT))


def load(site: Path | None) -> Budgets:
    """Return the budgets of the site folder, else ours; raises UsageProblemError that names file and place."""
    own = site / FILE if site and (site / FILE).exists() else builtin("alerting", "budgets", FILE)
    try:
        return msgspec.convert(yaml.safe_load(own.read_text()) or {}, Budgets)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageProblemError(f"{own}: expected readable YAML: {error}") from error
    except msgspec.ValidationError as error:
        raise UsageProblemError(f"{own}: expected total, jobs, teams, hosts with numbers of series: {error}") from error


def problems(site: Path | None) -> list[Problem]:
    """Return what is wrong with the file, as the linter shows it."""
    return of_loading(FILE, lambda: load(site))
