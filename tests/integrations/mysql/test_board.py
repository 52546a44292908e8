"""Each query of the board, put to a Prometheus that scrapes a real source and its replica, of MariaDB and of MySQL."""

import pytest

from dashboards import integration_boards
from tests.fixtures.metrics_page import serving
from tests.integrations.boards import EmptyQueries, configuration, metrics_of
from vigie.core.integrations.metrics import read_metrics

# What has no series here, each with what would have to happen.
MISSING: dict[str, str] = {}
FILE = next(file for file in integration_boards.list_files(None) if file.integration == "mysql")


@pytest.fixture(scope="module")
def board():
    return integration_boards.load(FILE, runs_python=False)


def test_the_board_s_metrics_are_in_the_catalogue_and_chosen_by_the_label(board):
    assert integration_boards.check(FILE, board) == []
    known = {name for metric in read_metrics(FILE.path.parent) for name, _ in metric.series()}
    assert metrics_of(board) <= known
    assert len(metrics_of(board)) > 40


@pytest.mark.integration
def test_every_query_has_data(board, pair_of, start_prometheus, wait_until):
    pairs = {"mariadb": pair_of("newest"), "mysql": pair_of("mysql")}
    servers = {f"/{kind}-{number}": server for kind, pair in pairs.items() for number, server in enumerate(pair)}
    with serving(lambda path: (200, servers[path].page().encode())) as port:
        prometheus = start_prometheus(configuration("mysql", port, servers))
        empty = EmptyQueries(board)
        wait_until(lambda: empty.ask(prometheus.url) <= MISSING.keys(), what=empty)
