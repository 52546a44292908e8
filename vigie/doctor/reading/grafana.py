"""Reads Grafana: whether our board is there, and which hosts its data source has data of."""

from vigie.core.http.client import HttpClient
from vigie.core.http.fetch_failure import FetchError, FetchFailure
from vigie.doctor.findings.facts import Grafana, HostKey

BOARD = "/api/dashboards/uid/vigie-host"
SOURCE = "/api/datasources/proxy/uid/vigie-prometheus/api/v1/query"
QUERY = 'node_time_seconds{job="node"}'


def read(server: HttpClient) -> Grafana:
    """Return what it has; raise FetchError when it does not answer."""
    server.get_json("/api/health")
    hosts: frozenset[HostKey] = frozenset()
    source: FetchFailure | None = None
    try:
        series = server.get_json(SOURCE, query=QUERY)["data"]["result"]
        hosts = frozenset((sample["metric"].get("dc", ""), sample["metric"].get("instance", "")) for sample in series)
    except FetchError as error:
        source = error.failure
    return Grafana(_failure_of(server, BOARD), source, hosts)


def _failure_of(server: HttpClient, path: str) -> FetchFailure | None:
    try:
        server.get_json(path)
    except FetchError as error:
        return error.failure
    return None
