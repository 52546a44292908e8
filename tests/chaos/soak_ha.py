"""Ten real minutes without discovery, and without Consul. Run by `make soak`; pytest does not collect it by itself."""

import pytest

pytestmark = pytest.mark.integration

AWAY_MINUTES = 10


def test_without_discovery(pairs, faults, minutes):
    faults.discoveries_frozen(pairs, 60 * min(minutes, AWAY_MINUTES))


def test_without_consul(pairs, faults, minutes):
    faults.consul_lost(pairs, 60 * min(minutes, AWAY_MINUTES))
