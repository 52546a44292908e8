"""Each query of the board, put to a Prometheus that scrapes real servers: master, replica, cluster member, sentinel."""

import math

import pytest
import requests

from dashboards import integration_boards
from dashboards.panels.board_json import list_panels
from integrations.redis.protocol import ReplyError
from tests.fixtures.metrics_page import serving
from vigie.core.integrations.metrics import read_metrics
from vigie.core.promql import expression as promql

GRAFANA = {"__rate_interval": "1m", "__range": "1h"}
# What has no series here, each with what would have to happen.
MISSING: dict[str, str] = {}
FILE = next(file for file in integration_boards.list_files(None) if file.integration == "redis")
CONFIGURATION = """
scrape_configs:
  - job_name: other
    scrape_interval: 1s
    static_configs:
"""


@pytest.fixture(scope="module")
def board():
    return integration_boards.load(FILE, runs_python=False)


def queries(board):
    for panel in list_panels(board["panels"]):
        for target in panel.get("targets", ()):
            text = promql.VARIABLE.sub(lambda match: GRAFANA.get(match[1] or match[2], ".*"), target["expr"])
            yield f"{panel['title']}/{target['refId']}", text


def test_the_board_s_metrics_are_in_the_catalogue_and_chosen_by_the_label(board):
    assert integration_boards.check(FILE, board) == []
    known = {name for metric in read_metrics(FILE.path.parent) for name, _ in metric.series()}
    used = {name for _, query in queries(board) for name in promql.metrics(query)}
    assert used <= known
    assert len(used) > 30


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
        targets = "".join(
            f'      - {{targets: ["127.0.0.1:{port}"], labels: {{integration: redis, dc: par, instance: "web-1{path}", '
            f"__metrics_path__: {path}}}}}\n"
            for path in servers
        )
        prometheus = start_prometheus(CONFIGURATION + targets)
        empty = dict(queries(board))

        def ask_again():
            for place, query in list(empty.items()):
                if has_data(prometheus.url, query):
                    del empty[place]
            return empty.keys() <= MISSING.keys()

        wait_until(ask_again, what=f"data of {empty}")


def has_data(url, query):
    answer = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=10).json()
    return any(not math.isnan(float(series["value"][1])) for series in answer["data"]["result"])
