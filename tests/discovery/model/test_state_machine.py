"""The state machine for a bounded time; `make state-machine` runs 20,000 steps of it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.discovery.model.invariants import INVARIANTS
from tests.discovery.model.machine import DiscoveryMachine

STEPS_PER_EXAMPLE = 40


def test_everything_holds_whatever_happens(request):
    steps = request.config.getoption("steps", default=150)
    run_state_machine_as_test(
        DiscoveryMachine,
        settings=settings(
            max_examples=max(1, steps // STEPS_PER_EXAMPLE),
            stateful_step_count=STEPS_PER_EXAMPLE,
            derandomize=True,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("name", INVARIANTS)
def test_every_invariant_is_in_the_readme(name):
    assert f"`{name}`" in (Path(__file__).parent / "README.md").read_text()
