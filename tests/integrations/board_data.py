"""The queries of an integration's board, put to a real Prometheus."""

import math

import requests

from dashboards import integration_boards
from dashboards.panels.board_json import list_panels
from vigie.core.integrations.metrics import read_metrics
from vigie.core.promql import expression as promql

GRAFANA = {"__rate_interval": "1m", "__range": "1h"}
CONFIGURATION = """
scrape_configs:
  - job_name: other
    scrape_interval: 1s
    static_configs:
"""


def find_file(integration):
    """Return the file of an integration's board."""
    return next(file for file in integration_boards.list_files(None) if file.integration == integration)


def list_queries(board):
    """Yield the place and the query of each target; variables stand for everything."""
    for panel in list_panels(board["panels"]):
        for target in panel.get("targets", ()):
            text = promql.VARIABLE.sub(lambda match: GRAFANA.get(match[1] or match[2], ".*"), target["expr"])
            yield f"{panel['title']}/{target['refId']}", text


def assert_asks_for_known_metrics(integration, least):
    """Assert that a board chooses by the label, and asks for at least so many metrics, all of the catalogue."""
    file = find_file(integration)
    board = integration_boards.load(file, runs_python=False)
    assert integration_boards.check(file, board) == []
    known = {name for metric in read_metrics(file.path.parent) for name, _ in metric.series()}
    used = {name for _, query in list_queries(board) for name in promql.metrics(query)}
    assert used <= known
    assert len(used) >= least


def assert_every_query_has_data(integration, prometheus, wait_until, missing=()):
    """Assert that each query of the board gets data from a Prometheus, but for those of `missing`."""
    board = integration_boards.load(find_file(integration), runs_python=False)
    empty = dict(list_queries(board))

    def ask_again():
        for place, query in list(empty.items()):
            if has_data(prometheus.url, query):
                del empty[place]
        return empty.keys() <= set(missing)

    wait_until(ask_again, what=f"data of {empty}")


def configure(port, integration, paths):
    """Return the configuration of a Prometheus that scrapes pages on a port, each as a server of an integration."""
    return CONFIGURATION + "".join(
        f'      - {{targets: ["127.0.0.1:{port}"], labels: {{integration: {integration}, dc: par, '
        f'instance: "web-1{path}", __metrics_path__: {path}}}}}\n'
        for path in paths
    )


def has_data(url, query):
    """Return whether a query has a number."""
    answer = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=10).json()
    return any(not math.isnan(float(series["value"][1])) for series in answer["data"]["result"])
