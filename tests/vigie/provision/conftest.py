"""A stand-in for Grafana."""

import pytest

from tests.fixtures.grafana.stand_in import StandIn


@pytest.fixture
def grafana():
    server = StandIn()
    yield server
    server.stop()
    assert server.unknown == []
