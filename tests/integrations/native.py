"""What tests of software with an endpoint of its own share: catalogue, board and rules beside real servers."""

import math
import re

import requests
import yaml

from dashboards import integration_boards
from dashboards.panels.board_json import list_panels
from vigie.core.builtin import builtin
from vigie.core.integrations.metrics import read_metrics
from vigie.core.promql import expression as promql

TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
GRAFANA = {"__rate_interval": "1m", "__range": "1h"}
CONFIGURATION = """
global: {{evaluation_interval: 1s}}
rule_files: [rules.yml]
scrape_configs:
  - job_name: app-{name}
    scrape_interval: 1s
    scrape_timeout: 1s
    body_size_limit: 16MB
    sample_limit: 20000
    static_configs:
"""
TARGET = """\
      - targets: ["127.0.0.1:{port}"]
        labels: {{integration: {name}, dc: par, host: web-1, instance: "web-1/{instance}", __metrics_path__: "{path}"}}
"""


def assert_catalogue_is_what_pages_tell(name, pages, is_optional=lambda _: False):
    """Hold `metrics.txt` beside the pages of real servers; what is optional comes and goes with the moment."""
    catalogue = {metric.name: metric for metric in read_metrics(builtin("integrations", name))}
    told = {metric: {page.get(metric) for page in map(read_types, pages)} - {None} for metric in list_told(pages)}
    assert told.keys() - catalogue.keys() == set(), "expected in metrics.txt"
    wrong = {metric: kinds for metric, kinds in told.items() if catalogue[metric].kind not in kinds}
    assert wrong == {}, "expected the type that one of the versions tells"
    expected = {metric for metric, each in catalogue.items() if not each.is_recorded}
    missing = {metric for metric in expected - told.keys() if not is_optional(metric)}
    assert missing == set(), "expected `recorded:` before the text of what no server tells"
    superfluous = {metric for metric in told.keys() - expected if not is_optional(metric)}
    assert superfluous == set(), "it is told: expected no `recorded:`"


def read_types(page):
    """Return the type of each metric of a page."""
    return dict(TYPE.findall(page))


def list_told(pages):
    """Return the metrics of some pages."""
    return {metric for page in pages for metric in read_types(page)}


def configure(name, ports, path="/metrics", paths=()):
    """Return the configuration of a Prometheus that scrapes servers by the names of their instances.

    `paths` (instance, path) are of those that have another one.
    """
    other = dict(paths)
    targets = "".join(
        TARGET.format(name=name, port=port, instance=instance, path=other.get(instance, path))
        for instance, port in ports.items()
    )
    return CONFIGURATION.format(name=name) + targets


def impatient_rules(name):
    """Return the text of an integration's rules, each of which fires at once and ends at once."""
    rules = yaml.safe_load(builtin("integrations", name, "rules.yml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule |= {"for": "0s", "keep_firing_for": "0s"}
    return yaml.safe_dump(rules)


def load_board(name):
    """Return the board of an integration."""
    file = next(file for file in integration_boards.list_files(None) if file.integration == name)
    board = integration_boards.load(file, runs_python=False)
    assert integration_boards.check(file, board) == []
    return board


def list_queries(board):
    """Return the queries of a board by their places, with what Grafana fills in."""
    return {
        f"{panel['title']}/{target['refId']}": promql.VARIABLE.sub(
            lambda match: GRAFANA.get(match[1] or match[2], ".*"), target["expr"]
        )
        for panel in list_panels(board["panels"])
        for target in panel.get("targets", ())
    }


def query(prometheus, expression):
    """Return (labels, value) of each series."""
    answer = requests.get(f"{prometheus.url}/api/v1/query", params={"query": expression}, timeout=10).json()
    return [(row["metric"], float(row["value"][1])) for row in answer["data"]["result"]]


def has_data(prometheus, expression):
    """Return whether a query has a number."""
    return any(not math.isnan(value) for _, value in query(prometheus, expression))


def find_firing(prometheus, *labels):
    """Return (alert, instance, …) of what fires, with these further labels."""
    firing = query(prometheus, 'ALERTS{alertstate="firing"}')
    return {
        (row["alertname"], row["instance"].removeprefix("web-1/"), *(row.get(label, "") for label in labels))
        for row, _ in firing
    }
