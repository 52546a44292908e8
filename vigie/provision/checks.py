"""Runs the checks of all that is declared; nothing is sent that has not passed them."""

from collections.abc import Collection
from pathlib import Path

from alerting.rules import rule_test_coverage
from vigie.core.builtin import builtin
from vigie.core.errors import ProblemError, UsageProblemError, sentence
from vigie.core.integrations import metrics as integration_metrics
from vigie.core.integrations.names import FOLDER
from vigie.core.promql import catalogue
from vigie.core.promql.catalogue import Catalogue
from vigie.core.site_folder import within
from vigie.provision import tool_checks
from vigie.provision.declarations import find_declarations, find_unread_files
from vigie.reconcile.declaration import Declaration, Inputs, ServerName
from vigie.reconcile.problem import Problem

RULES = builtin("alerting", "rules")
ALL: frozenset[ServerName] = frozenset({"prometheus", "alertmanager", "grafana"})


def find_problems(inputs: Inputs, servers: Collection[ServerName] = ALL) -> list[Problem]:
    """Return what is wrong with what these servers would get, and which files of the site folder nothing reads."""
    metrics = known_metrics(inputs.site)
    declarations = [declaration for declaration in find_declarations() if declaration.servers & set(servers)]
    problems = [problem for declaration in declarations for problem in problems_of(declaration, inputs, metrics)]
    refused = [refusal.problem for refusal in tool_checks.find_refusals(inputs, servers)]
    return problems + refused + (find_unread_files(inputs.site, find_declarations()) if inputs.site else [])


def known_metrics(site: Path | None) -> Catalogue:
    """Return the type of every metric that ours, third parties, integrations or the operator's programs emit.

    Raises UsageProblemError for a faulty line.
    """
    return integration_metrics.load_types(within(site, FOLDER)) | catalogue.load(over=within(site, "catalogue"))


def problems_of(declaration: Declaration, inputs: Inputs, metrics: Catalogue) -> list[Problem]:
    """Return what is wrong with it; a file that can't be read at all is one problem, and hides no other's."""
    try:
        return declaration.problems(inputs, metrics)
    except UsageProblemError:
        raise
    except ProblemError as error:
        return [problem_of(error)]


def problem_of(error: ProblemError) -> Problem:
    """Return an error that begins with the name of a file as a problem of that file."""
    file, _, expected = sentence(error).partition(": ")
    return Problem(file, "file", expected)


def find_untested_alerts(inputs: Inputs, tests: Path) -> list[Problem]:
    """Return the alerts that no test in `tests` sees fire, or quiet: of the site folder's rules, else of ours."""
    return rule_test_coverage.check(within(inputs.site, "rules") or RULES, tests)
