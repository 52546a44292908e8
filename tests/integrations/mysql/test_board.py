"""Each query of the board, put to a Prometheus that scrapes a real source and its replica, of MariaDB and of MySQL."""

import pytest

from tests.fixtures.metrics_page import serving
from tests.integrations.board_data import assert_asks_for_known_metrics, assert_every_query_has_data, configure


def test_the_board_s_metrics_are_in_the_catalogue_and_chosen_by_the_label():
    assert_asks_for_known_metrics("mysql", 41)


@pytest.mark.integration
def test_every_query_has_data(pair_of, start_prometheus, wait_until):
    pairs = {"mariadb": pair_of("newest"), "mysql": pair_of("mysql")}
    servers = {f"/{kind}-{number}": server for kind, pair in pairs.items() for number, server in enumerate(pair)}
    with serving(lambda path: (200, servers[path].page().encode())) as port:
        prometheus = start_prometheus(configure(port, "mysql", servers))
        assert_every_query_has_data("mysql", prometheus, wait_until)
