"""Each query of the board, put to a Prometheus that scrapes a real primary and its replica."""

import pytest

from tests.fixtures.metrics_page import serving
from tests.integrations.board_data import assert_asks_for_known_metrics, assert_every_query_has_data, configure

# What has no series here: it takes a session that waits, and a vacuum that is slow enough to be seen.
MISSING = ("Sessions that wait for a lock/A", "Vacuum at work/A")


def test_the_board_s_metrics_are_in_the_catalogue_and_chosen_by_the_label():
    assert_asks_for_known_metrics("postgresql", 41)


@pytest.mark.integration
def test_every_query_has_data(pair_of, start_prometheus, wait_until):
    primary, replica = pair_of("newest")
    servers = {"/primary": primary, "/replica": replica}
    with (
        serving(lambda path: (200, servers[path].page().encode())) as port,
        primary.connect() as idle,
    ):
        idle.ask(["BEGIN", "INSERT INTO goods VALUES (-1, 'x')"])
        prometheus = start_prometheus(configure(port, "postgresql", servers))
        assert_every_query_has_data("postgresql", prometheus, wait_until, MISSING)
