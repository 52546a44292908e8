"""What the tests of integrations' boards share: each query of a board, put to a real Prometheus."""

import math

import requests

from dashboards.panels.board_json import list_panels
from vigie.core.promql import expression as promql

GRAFANA = {"__rate_interval": "1m", "__range": "1h"}


def queries(board):
    """Yield place and text of each query, with every choice made for all."""
    for panel in list_panels(board["panels"]):
        for target in panel.get("targets", ()):
            text = promql.VARIABLE.sub(lambda match: GRAFANA.get(match[1] or match[2], ".*"), target["expr"])
            yield f"{panel['title']}/{target['refId']}", text


def metrics_of(board):
    """Return the metrics that a board asks for."""
    return {name for _, query in queries(board) for name in promql.metrics(query)}


def has_data(url, query):
    answer = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=10).json()
    return any(not math.isnan(float(series["value"][1])) for series in answer["data"]["result"])


class EmptyQueries:
    """The queries of a board that have had no data yet."""

    def __init__(self, board):
        self.left = dict(queries(board))

    def __str__(self):
        return f"data of {self.left}"

    def ask(self, url):
        """Ask for what is left, and return its places."""
        self.left = {place: query for place, query in self.left.items() if not has_data(url, query)}
        return self.left.keys()


def configuration(integration, port, paths):
    """Return a configuration that scrapes each path of a port as a server of its own."""
    lines = [
        f'      - {{targets: ["127.0.0.1:{port}"], labels: {{integration: {integration}, dc: par, '
        f'instance: "web-1{path}", __metrics_path__: {path}}}}}'
        for path in paths
    ]
    head = ["scrape_configs:", "  - job_name: other", "    scrape_interval: 1s", "    static_configs:"]
    return "\n".join([*head, *lines]) + "\n"
