"""Each query of the board, put to a Prometheus that scrapes a real pool."""

import pytest

from tests.fixtures.metrics_page import serving
from tests.integrations.board_data import assert_asks_for_known_metrics, assert_every_query_has_data, configure


def test_the_board_s_metrics_are_in_the_catalogue_and_chosen_by_the_label():
    assert_asks_for_known_metrics("phpfpm", 12)


@pytest.mark.integration
def test_every_query_has_data(start_pool, start_prometheus, wait_until):
    pool = start_pool()

    def answer(_):
        pool.run("echo 1;")
        return 200, pool.page().encode()

    with serving(answer) as port:
        prometheus = start_prometheus(configure(port, "phpfpm", ["/www"]))
        assert_every_query_has_data("phpfpm", prometheus, wait_until)
