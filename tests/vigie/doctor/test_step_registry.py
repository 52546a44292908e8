"""Steps are found by walking and placed by what they come after; what one lacks is told in a sentence."""

from pathlib import Path

import pytest

from tests.vigie.doctor import seeded_faults
from tests.vigie.doctor.judged_inputs import FAULTS
from vigie.doctor.findings.verdict import Step, ok
from vigie.doctor.step_registry import find_problems, find_steps, sort_steps

ROOT = Path(__file__).parents[3]
NAMES = [step.name for step in find_steps()]
JUDGE = "def judge(inputs):\n    return failed('it is broken', 'repair it')\n"


def step(after=(), needs=(), title="a title"):
    return Step(title, lambda _: ok(), after, needs)


def sentences(folder, source=JUDGE, **steps):
    for name in steps:
        (folder / f"{name}.py").write_text(source)
    return [str(problem) for problem in find_problems(steps, folder)]


def test_every_step_is_complete():
    assert [str(problem) for problem in find_problems()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_step_has_a_test_of_a_fault(name):
    tested = {fault.step for fault in (*seeded_faults.AT_REST, *seeded_faults.CHANGING)} | {
        fault[0] for fault in FAULTS
    }
    assert name in tested, (
        f"the step {name} has no test of a fault: expected a row in FAULTS of tests/vigie/doctor/judged_inputs.py, "
        "or a Fault in tests/vigie/doctor/seeded_faults.py"
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_step_has_its_place_on_the_doctors_page(name):
    section = (ROOT / "docs/how-to/doctor.md").read_text()
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert any(f"`{name}`" in row for row in rows), (
        f"the step {name} has no row in docs/how-to/doctor.md: expected one with `{name}`"
    )


def test_a_step_comes_after_those_that_it_names():
    assert NAMES[:3] == ["agent", "page", "consul"]
    assert NAMES.index("receiver") > NAMES.index("route")
    steps = {"a": step(), "b": step(after=("a",)), "c": step(after=("b",)), "new": step(after=("a",), needs=("b",))}
    assert sort_steps(steps) == ["a", "b", "c", "new"]


@pytest.mark.parametrize(
    ("faulty", "sentence"),
    [
        (None, "STEP: it is missing: expected STEP = Step("),
        (step(title=""), "STEP: it has no title"),
        (step(after=None), 'STEP: it has no place in the chain: expected after=("NAME",)'),
        (step(after=("agnet",)), "STEP: there is no step 'agnet': expected one of agent"),
        (step(needs=("agnet",)), "STEP: there is no step 'agnet': expected one of agent"),
    ],
)
def test_what_a_step_does_not_declare_is_told(tmp_path, faulty, sentence):
    (problem,) = sentences(tmp_path, agent=faulty)
    assert problem.startswith(f"vigie/doctor/steps/agent.py: {sentence}")


def test_a_circle_is_told(tmp_path):
    (problem,) = sentences(tmp_path, a=step(after=("b",)), b=step(after=("a",)))
    assert problem.startswith("vigie/doctor/steps: after: the steps name each other in a circle: ")


@pytest.mark.parametrize("call", ["failed('it is broken')", "failed('it is broken', '')"])
def test_a_fault_without_a_remedy_is_told(tmp_path, call):
    (problem,) = sentences(tmp_path, source=f"def judge(inputs):\n    return {call}\n", agent=step())
    assert problem == (
        "vigie/doctor/steps/agent.py: line 2: failed() has no remedy: say in a sentence what to do"
    )  # fmt: skip - a line


def test_a_step_that_never_fails_is_told(tmp_path):
    (problem,) = sentences(tmp_path, source="def judge(inputs):\n    return ok()\n", agent=step())
    assert problem.startswith("vigie/doctor/steps/agent.py: judge: it never fails")
