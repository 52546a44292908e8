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
        (found,), code = examine({**chain.environment, **settings}, fault.host or chain.host)
        first = next((one for one in found["steps"] if one["step"] == found["broken"]), {"says": "", "remedy": ""})
        if found["broken"] == fault.step and re.search(fault.cause, first["says"]) and first["remedy"] and code == 2:
            return ""
        if time.monotonic() > deadline:
            return f"{fault.name}: expected {fault.step} ({fault.cause}), found {found['broken']} ({first['says']})"
        time.sleep(0.2)


def all_of(examine, chain):
    """Return the first broken step of each host that is not well, as `--all` has it."""
    found, code = examine(chain.environment, "--all")
    assert code == 2
    return {one["host"]: one["broken"] for one in found if one["broken"]}


def is_well(examine, chain):
    (found,), code = examine(chain.environment, chain.host)
    return code == 0 and found["broken"] is None


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
    assert all_of(examine, chain) == {fault.host: fault.step for fault in AT_REST if fault.host != "nobody-1"}
    found = "\n".join(one for one in wrong if one)
    assert not found, found
    wait_until(lambda: is_well(examine, chain), what="a chain that is well again")
