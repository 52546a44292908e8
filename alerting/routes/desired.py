"""What is declared about routes: the operator's files in the site folder, else ours."""

from pathlib import Path
from typing import NamedTuple

from alerting.routes.downtimes import Downtime
from alerting.routes.model import Routes
from alerting.routes.reading import read_downtimes, read_routes
from alerting.tools.amtool import Case, read_cases
from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError
from vigie.reconcile.problem import Problem

ROUTES, CASES, DOWNTIMES = "routes.yml", "routes.test.yml", "downtimes.yml"


class DesiredRoutes(NamedTuple):
    """The routes, the recurring downtimes by name, and where alerts must go."""

    routes: Routes
    downtimes: dict[str, Downtime]
    cases: tuple[Case, ...]


def load(site: Path | None) -> DesiredRoutes:
    """Return the desired routes; raises UsageProblemError for the first file that is wrong.

    Our cases are about our routes: an operator's own routes are held to an operator's own cases.
    """
    own = site / ROUTES if site and (site / ROUTES).exists() else None
    routes = read_routes(own or builtin("alerting", ROUTES))
    cases = (own.with_name(CASES) if own else builtin("alerting", CASES)).resolve()
    downtimes = site / DOWNTIMES if site and (site / DOWNTIMES).exists() else None
    return DesiredRoutes(
        routes, read_downtimes(downtimes) if downtimes else {}, read_cases(cases) if cases.exists() else ()
    )


def problems(site: Path | None) -> list[Problem]:
    """Return what is wrong with it, as the linter shows it."""
    try:
        desired = load(site)
    except UsageProblemError as error:
        return [Problem("routes", "file", str(error))]
    receivers = {*desired.routes.receivers, "nobody"}
    return [
        Problem(
            CASES, f"case {number}", f"receiver {name} is not there; expected one of {', '.join(sorted(receivers))}"
        )
        for number, case in enumerate(desired.cases, 1)
        for name in case.receivers
        if name not in receivers
    ]
