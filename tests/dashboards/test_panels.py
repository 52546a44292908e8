"""Every query of every board, put to the real chain: an answer without a number is a panel without data."""

import math
import re
import time
from typing import NamedTuple

import promql_parser
import pytest

from dashboards import boards
from vigie.core.promql import expression as promql

pytestmark = pytest.mark.integration

DEADLINE_SECONDS = 240
EVERYTHING = ".*"
VARIABLES = {
    "vigie-host": {"dc": "dc1", "instance": "web-1"},
    "vigie-container": {"dc": "dc1", "instance": "web-1", "container": "lab-web"},
}
GRAFANA = {"__rate_interval": "1m", "__range": "1h", "1": "$1"}
# Queries that can't have an answer here, each with what this machine lacks.
MISSING = {
    "vigie-host/Temperatures/A": "a sensor: virtual machines have none",
    "vigie-host/Temperatures/B": "a thermal zone of the firmware: virtual machines have none",
    "vigie-host/Failed services/A": "a systemd with a failed unit",
    "vigie-consul/Leader's last contact/A": "a second Consul server",
    "vigie-consul/Members/C": "a Consul agent that left by itself",
    "vigie-slo/CPU and its baseline/B": "five days of data",
    "vigie-slo/CPU and its baseline/C": "five days of data",
    "vigie-slo/Distance from the baseline/A": "five days of data",
}
# Metrics of queries that answer 0 without them, each with what would have to happen.
UNSEEN = {
    "vigie_spot_interruption_imminent": "a cloud that takes this machine away",
    "vigie_discovery_leaving": "a scrape within the two seconds of a host's leaving",
    "vigie_discovery_errors_total": "a Consul that fails",
    "vigie_discovery_removed_total": "a host that leaves",
    "vigie_container_io_read_bytes_total": "control groups that tell no I/O",
    "vigie_container_io_written_bytes_total": "control groups that tell no I/O",
    "consul_client_rpc_failed": "a Consul that fails",
    "vigie:disk_hours_to_full": "a disk that fills up within 90 days",
}


class GrafanaQuery(NamedTuple):
    """A query as Grafana sends it, and the labels that the names of its series are made of."""

    expression: str
    labels: frozenset


def fill(expression, variables):
    """Return a query with its variables: where several values can be chosen, all are."""

    def value(match):
        name = next(filter(None, match.groups()))
        return GRAFANA.get(name) or variables.get(name, EVERYTHING)

    return promql.VARIABLE.sub(value, expression)


def queries():
    """Return all queries of all boards, annotations included, by `board/panel/query`."""
    by_place = {}
    for uid, board in boards.load().items():
        targets = {
            f"{panel['title']}/{target['refId']}": (target["expr"], target.get("legendFormat", ""))
            for panel in board["panels"]
            for target in panel.get("targets", ())
        }
        targets |= {
            f"annotation/{annotation['name']}": (annotation["expr"], annotation["titleFormat"])
            for annotation in board["annotations"]["list"]
            if "expr" in annotation
        }
        for place, (text, legend) in targets.items():
            labels = frozenset(re.findall(r"{{(\w+)}}", legend))
            by_place[f"{uid}/{place}"] = GrafanaQuery(fill(text, VARIABLES.get(uid, {})), labels)
    return by_place


def has_data(chain, query):
    """Tell whether a number came, with all labels that its name needs."""
    return any(not math.isnan(value) and query.labels <= labels.keys() for labels, value in chain.ask(query.expression))


def metric_names(expression):
    nodes = promql._nodes(promql_parser.parse(expression))
    return {promql.metric_name(node) for node in nodes if isinstance(node, promql_parser.VectorSelector)} - {None}


def test_every_query_of_every_board_has_data(chain):
    all_queries = queries()
    assert MISSING.keys() <= all_queries.keys()
    assert len(MISSING) <= 0.05 * len(all_queries)
    needed = {place: query for place, query in all_queries.items() if place not in MISSING}

    empty = set(needed)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while empty and time.monotonic() < deadline:
        time.sleep(5)
        empty = {place for place in empty if not has_data(chain, needed[place])}
    assert not empty, "\n".join(f"{place}: {needed[place].expression}" for place in sorted(empty))

    used = {name for query in needed.values() for name in metric_names(query.expression)}
    assert used - chain.metrics() - UNSEEN.keys() == set()
    assert used >= UNSEEN.keys()

    # What the list of hosts must not miss: the one that is down, and the one that nobody scrapes.
    status = chain.ask(all_queries["vigie-fleet/All hosts/A"].expression)
    states = {labels["instance"]: value for labels, value in status}
    assert (states["web-1"], states["dead-1"], states["unscraped-1"]) == (1, 0, -1)
