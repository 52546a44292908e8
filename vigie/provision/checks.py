"""Runs the parts' own checks over all that we declare; nothing is sent that has not passed them."""

from pathlib import Path

from alerting import lint as rules
from alerting.budgets import budgets
from alerting.routes import declared
from alerting.rules import rule_test_coverage
from alerting.slo import spec as objectives
from alerting.thresholds import rules as thresholds
from dashboards import all_boards as boards
from dashboards import lint as board_checks
from dashboards import site_lint
from vigie.core.builtin import builtin
from vigie.core.promql import catalogue
from vigie.core.site_folder import within
from vigie.reconcile.problem import Problem

RULES = builtin("alerting", "rules")
TESTS = builtin("tests", "alerting", "rules")  # in a checkout; a wheel brings no tests


def problems(site: Path | None = None, *, grafana: bool = True, local: bool = True) -> list[Problem]:
    """Return what is wrong with what would be sent to the chosen targets."""
    known = catalogue.load(over=within(site, "catalogue"))
    found = rules.check(RULES, builtin("alerting", "runbooks"), known, site)
    if local and TESTS.is_dir():
        found += rule_test_coverage.check(RULES, TESTS)
    if local:
        found += declared.problems(site) + budgets.problems(site)
        found += thresholds.problems(site) + objectives.problems(site, known)
    return found + (_boards(within(site, "boards"), known) if grafana else [])


def _boards(folder: Path | None, known: catalogue.Catalogue) -> list[Problem]:
    """Return the problems of all boards; a wheel and a site folder are held to different standards."""
    loaded = boards.load(folder)
    ours = {key: one for key, one in loaded.boards.items() if key not in loaded.added}
    added = {key: one for key, one in loaded.boards.items() if key in loaded.added}
    return board_checks.check(ours, known) + site_lint.check(added, known)
