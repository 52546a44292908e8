"""`vigie up --ha` survives each failure by itself: no target lost, no alert lost, one gap in one replica at most.

A few faults with `make test`, all of them for longer with `make chaos`; `-s` shows what was seen.
"""

import pytest

pytestmark = pytest.mark.integration


def test_faults_one_after_the_other(pairs, faults, rounds):
    faults.killed(pairs, "prometheus-2")
    faults.consul_lost(pairs, 5 * rounds)
    if rounds > 2:
        faults.alertmanager_killed(pairs, rounds // 2)
        faults.killed(pairs, pairs.leader())
        faults.prometheus_frozen(pairs, 3 * rounds)
        faults.discoveries_frozen(pairs, 6 * rounds)
        for name in pairs.names():
            faults.killed(pairs, name)
