"""Runs the parts' own checks over all that we declare; nothing is sent that has not passed them."""

from alerting import lint as rules
from alerting import tested
from dashboards import boards
from dashboards import lint as board_checks
from vigie.data import builtin
from vigie.engine import catalogue
from vigie.engine.problem import Problem

RULES = builtin("alerting", "rules")
TESTS = builtin("tests", "alerting", "rules")  # in a checkout; a wheel brings no tests


def problems(*, grafana: bool = True, local: bool = True) -> list[Problem]:
    """Return what is wrong with what would be sent to the chosen targets."""
    known = catalogue.load()
    found = rules.check(RULES, builtin("alerting", "runbooks"), known) if local else []
    if local and TESTS.is_dir():
        found += tested.check(RULES, TESTS)
    return found + (board_checks.check(boards.load(), known) if grafana else [])
