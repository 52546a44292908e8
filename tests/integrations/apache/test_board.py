"""Each query of the board, put to a Prometheus that scrapes a real server."""

import pytest

from tests.fixtures.metrics_page import serving
from tests.integrations.apache.conftest import PLAIN
from tests.integrations.apache.test_parity import BALANCER
from tests.integrations.board_data import assert_asks_for_known_metrics, assert_every_query_has_data, configure


def test_the_board_s_metrics_are_in_the_catalogue_and_chosen_by_the_label():
    assert_asks_for_known_metrics("apache", 12)


@pytest.mark.integration
def test_every_query_has_data(start_server, start_prometheus, wait_until):
    server = start_server(PLAIN + BALANCER)

    def answer(_):
        server.get("/shop/", times=3)
        return 200, server.page().encode()

    with serving(answer) as port:
        prometheus = start_prometheus(configure(port, "apache", ["/shop"]))
        assert_every_query_has_data("apache", prometheus, wait_until)
