"""Each query of the board, put to a Prometheus that scrapes real servers: master, replica, cluster member, sentinel."""

import pytest

from dashboards import integration_boards
from dashboards.panels.board_json import list_panels
from integrations.redis.protocol import ReplyError
from tests.fixtures.metrics_page import serving
from tests.integrations.boards import EmptyQueries, configuration, metrics_of
from vigie.core.integrations.metrics import read_metrics

# What has no series here, each with what would have to happen.
MISSING: dict[str, str] = {}
FILE = next(file for file in integration_boards.list_files(None) if file.integration == "redis")


@pytest.fixture(scope="module")
def board():
    return integration_boards.load(FILE, runs_python=False)


def test_the_board_s_metrics_are_in_the_catalogue_and_chosen_by_the_label(board):
    assert integration_boards.check(FILE, board) == []
    known = {name for metric in read_metrics(FILE.path.parent) for name, _ in metric.series()}
    assert metrics_of(board) <= known
    assert len(metrics_of(board)) > 30


def test_a_query_that_does_not_choose_by_the_label_is_told(board):
    panel = next(iter(list_panels(board["panels"])))
    changed = {**board, "panels": [{**panel, "title": "Up", "targets": [{"expr": 'redis_up{job="redis"}'}]}]}
    problems = [str(problem) for problem in integration_boards.check(FILE, changed)]
    assert [problem.partition("'Up': ")[2] for problem in problems] == [
        'redis_up: expected integration="redis" among what it is chosen by',
        "redis_up: it is chosen by job, which is the name of a container: expected integration",
    ]


@pytest.mark.integration
def test_every_query_has_data(board, start_server, start_prometheus, wait_until):
    master = start_server("maxmemory 100mb")
    replica = start_server('save ""', f"replicaof 127.0.0.1 {master.port}")
    member = start_server("cluster-enabled yes", 'save ""')
    sentinel = start_server(f"sentinel monitor shop 127.0.0.1 {master.port} 1")
    servers = {"/master": master, "/replica": replica, "/member": member, "/sentinel": sentinel}

    def answer(path):
        if path == "/master":
            master.call("SET", "a", "1", "EX", "1000")
            master.call("GET", "a")
            with pytest.raises(ReplyError, match="WRONGTYPE"):
                master.call("LPUSH", "a", "1")
        return 200, servers[path].page().encode()

    with serving(answer) as port:
        prometheus = start_prometheus(configuration("redis", port, servers))
        empty = EmptyQueries(board)
        wait_until(lambda: empty.ask(prometheus.url) <= MISSING.keys(), what=empty)
