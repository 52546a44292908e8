"""The page of the doctor's steps, in the order of the chain."""

import importlib

from tools.reference.markdown import code, page, table
from vigie.doctor.step_registry import find_steps

INTRO = """\
`vigie doctor HOST` judges these steps in this order. A step is skipped when a step that it needs has failed.
[Doctor](../how-to/doctor.md) shows how to read its output."""


def doctor_page() -> str:
    """Return the page of all steps."""
    rows = (
        (code(step.name), step.title, meaning(step.name), ", ".join(map(code, step.needs)) or "none")
        for step in find_steps()
    )
    return page("Steps of the doctor", INTRO, table(("step", "holds when", "judges", "needs"), rows))


def meaning(name: str) -> str:
    """Return what a step judges, as its file says it."""
    return (importlib.import_module(f"vigie.doctor.steps.{name}").__doc__ or "").split("\n\n", maxsplit=1)[0]
