"""Finds the steps: every file in `vigie/doctor/steps/` is one, by its own name, placed by its `after`."""

import ast
import functools
import graphlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import vigie.doctor.steps
from vigie.core.errors import ProblemError
from vigie.core.extension_files import import_files, import_problem
from vigie.doctor.findings.verdict import Step
from vigie.reconcile.problem import Problem

FOLDER = Path(vigie.doctor.steps.__file__).parent
PLACE = "vigie/doctor/steps"


@functools.cache
def find_steps() -> tuple[Step, ...]:
    """Return all steps in the order of the chain; raise ProblemError when one lacks something."""
    problems = find_problems()
    if problems:
        raise ProblemError("; ".join(map(str, problems)))
    steps = {name: step for name, step in load_steps().items() if isinstance(step, Step)}
    return tuple(steps[name] for name in sort_steps(steps))


def load_steps(package: ModuleType = vigie.doctor.steps) -> dict[str, Step | Exception | None]:
    """Return the step of each file by name, None for a file that declares none, or why it can't be imported."""
    steps: dict[str, Step | Exception | None] = {}
    for name, module in import_files(package).items():
        step = module if isinstance(module, Exception) else getattr(module, "STEP", None)
        steps[name] = step._replace(name=name) if isinstance(step, Step) else step
    return steps


def sort_steps(steps: Mapping[str, Step]) -> list[str]:
    """Return the names, each step after those that it names; raise CycleError when that can't be."""
    sorter = graphlib.TopologicalSorter({name: {*(step.after or ()), *step.needs} for name, step in steps.items()})
    sorter.prepare()
    names: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        names += ready
        sorter.done(*ready)
    return names


def find_problems(steps: Mapping[str, Step | Exception | None] | None = None, folder: Path = FOLDER) -> list[Problem]:
    """Return a sentence for each thing that a step lacks."""
    steps = load_steps() if steps is None else steps
    problems = [problem for name, step in steps.items() for problem in _find_problems_of(name, step, steps, folder)]
    if problems:
        return problems
    try:
        sort_steps({name: step for name, step in steps.items() if isinstance(step, Step)})
    except graphlib.CycleError as error:
        return [Problem(PLACE, "after", f"the steps name each other in a circle: {' after '.join(error.args[1])}")]
    return []


def _find_problems_of(
    name: str, step: Step | Exception | None, steps: Mapping[str, Step | Exception | None], folder: Path
) -> Iterator[Problem]:
    path = f"{PLACE}/{name}.py"
    if isinstance(step, Exception):
        yield Problem(path, "file", import_problem(step))
        return
    if step is None:
        yield Problem(path, "STEP", "it is missing: expected STEP = Step(title=…, after=…, needs=…, judge=judge)")
        return
    if not step.title:
        yield Problem(path, "STEP", "it has no title, by which people know the step")
    if step.after is None:
        yield Problem(path, "STEP", 'it has no place in the chain: expected after=("NAME",), the step before it')
    for other in (*(step.after or ()), *step.needs):
        if other not in steps:
            yield Problem(path, "STEP", f"there is no step {other!r}: expected one of {', '.join(sorted(steps))}")
    yield from _find_faults_without_remedy(path, folder / f"{name}.py")


def _find_faults_without_remedy(path: str, file: Path) -> Iterator[Problem]:
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    faults = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "failed"]
    if not faults:
        yield Problem(path, "judge", "it never fails: expected failed(CAUSE, REMEDY) for a broken link")
    for fault in faults:
        remedies = [*fault.args[1:2], *(keyword.value for keyword in fault.keywords if keyword.arg == "remedy")]
        if not remedies or (isinstance(remedies[0], ast.Constant) and not remedies[0].value):
            yield Problem(path, f"line {fault.lineno}", "failed() has no remedy: say in a sentence what to do")
