"""Under `--keep-going`: which files the linter refuses, and what waits because of them, so that the rest can go out."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.promql.catalogue import Catalogue
from vigie.provision import checks, tool_checks
from vigie.provision.declarations import find_declarations, find_twins, find_unread_files
from vigie.provision.integration_hold import hold_for_manifest
from vigie.reconcile.declaration import Declaration, Inputs, ServerName
from vigie.reconcile.hold import hold_object
from vigie.reconcile.problem import Problem, keep_errors

Makers = Sequence[Declaration]


class HeldBackError(ProblemError):
    """The rest is done, and some files wait: exit code 3, so that a scheduler can tell it from a failure."""

    exit_code = 3


class HeldBack(NamedTuple):
    """What declarations are made of without what waits, and what is wrong with that."""

    inputs: Inputs
    problems: Sequence[Problem]


def hold_back(inputs: Inputs, servers: Collection[ServerName]) -> HeldBack:
    """Return the inputs of what may go to these servers.

    A file is refused by the linter, because it can't be made, or by promtool or amtool. All files are still judged
    together: what a refused file records is there, because its last version stays.
    Raises UsageProblemError for what is no single file's: a wrong setting, a catalogue that can't be read.
    """
    metrics = checks.known_metrics(inputs.site)
    problems: list[Problem] = []
    for declaration in find_declarations():
        if declaration.servers & set(servers):
            inputs = _hold_back_of(declaration, inputs, metrics, servers, problems)
    for resource, key, sentence in find_twins(inputs, servers):
        problems.append(Problem(resource, key, sentence))
        inputs = inputs._replace(hold=inputs.hold.join(hold_object(resource, key)))
    for refusal in list(tool_checks.find_refusals(inputs, servers)):
        problems.append(refusal.problem)
        inputs = inputs._replace(hold=inputs.hold.join(refusal.hold))
    problems += find_unread_files(inputs.site, find_declarations()) if inputs.site else []
    return HeldBack(inputs, problems)


def describe(problems: Sequence[Problem]) -> str:
    """Return what waits and why, a line for each problem."""
    shown = "".join(f"\n  {problem}" for problem in problems)
    return f"what `vigie lint` finds faults with is held back, and stays as it was delivered last:{shown}"


def _hold_back_of(
    declaration: Declaration,
    inputs: Inputs,
    metrics: Catalogue,
    servers: Collection[ServerName],
    problems: list[Problem],
) -> Inputs:
    """Return the inputs without what is wrong of one declaration, and add to `problems`.

    Some readers stop at the first file that is wrong, so it is asked again until nothing new is refused.
    """
    while True:
        linted = keep_errors(checks.problems_of(declaration, inputs, metrics))
        new = [problem for problem in linted if problem not in problems] or list(_try(declaration, inputs, servers))
        if not new:
            return inputs
        problems += new
        for problem in new:
            hold = declaration.hold(problem.file, inputs) or declaration.hold_all()
            hold = hold.join(hold_for_manifest(problem.file, inputs.site))
            inputs = inputs._replace(hold=inputs.hold.join(hold))
        if declaration.name in inputs.hold.declarations:
            return inputs


def _try(declaration: Declaration, inputs: Inputs, servers: Collection[ServerName]) -> Iterator[Problem]:
    """Yield the file of which nothing can be made; raises UsageProblemError for what is no single file's."""
    try:
        if "prometheus" in servers:
            declaration.rule_files(inputs)
        if "grafana" in servers:
            declaration.grafana_objects(inputs)
    except ProblemError as error:
        problem = checks.problem_of(error)
        hold = declaration.hold(problem.file, inputs)
        if hold is None and isinstance(error, UsageProblemError):
            raise
        if hold is not None and hold.files <= inputs.hold.files:
            raise  # it is not read already
        yield problem
