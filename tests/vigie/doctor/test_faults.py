"""Faults seeded into a real chain, one after the other: each is found at its step, with its cause."""

import re
import time

import pytest

from tests.vigie.doctor.seeded_faults import AT_REST, CHANGING, register_all

pytestmark = pytest.mark.integration
DEADLINE_SECONDS = 30


def finds(examine, chain, fault, settings):
    """Return "" once the fault is found as it must be, else what was found last."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        (diagnosis,), code = examine({**chain.environment, **settings}, fault.host or chain.host)
        first = next(
            (step for step in diagnosis["steps"] if step["step"] == diagnosis["broken"]), {"says": "", "remedy": ""}
        )
        if (
            diagnosis["broken"] == fault.step
            and re.search(fault.cause, first["says"])
            and first["remedy"]
            and code == 2
        ):
            return ""
        if time.monotonic() > deadline:
            return f"{fault.name}: expected {fault.step} ({fault.cause}), found {diagnosis['broken']} ({first['says']})"
        time.sleep(0.2)


def all_of(examine, chain):
    """Return the first broken step of each host that is not well, as `--all` has it."""
    diagnoses, code = examine(chain.environment, "--all")
    assert code == 2
    return {diagnosis["host"]: diagnosis["broken"] for diagnosis in diagnoses if diagnosis["broken"]}


def is_well(examine, chain):
    (diagnosis,), code = examine(chain.environment, chain.host)
    return code == 0 and diagnosis["broken"] is None


def test_every_seeded_fault_is_found_at_its_step(chain, swallowing, examine, wait_until):
    register_all(chain, swallowing)
    wait_until(lambda: is_well(examine, chain), what="a chain that is well")
    wait_until(lambda: all(name in chain.node_file() for name in ("held-1", "lost-1")), what="what will vanish")
    chain.deregister("held-1")
    chain.deregister("lost-1")

    wrong = []
    for fault in [*AT_REST, *CHANGING]:
        with fault.seed(chain) as settings:
            wrong.append(finds(examine, chain, fault, settings or {}))
    expected = {fault.host: fault.step for fault in AT_REST if fault.host != "nobody-1"}
    # What was broken last takes its time to recover; until then discovery is the fault of every host.
    wait_until(lambda: all_of(examine, chain) == expected, 4 * DEADLINE_SECONDS, what=f"the findings {expected}")
    mistakes = "\n".join(mistake for mistake in wrong if mistake)
    assert not mistakes, mistakes
    wait_until(lambda: is_well(examine, chain), what="a chain that is well again")
