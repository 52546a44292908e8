"""Reads Grafana: whether our board is there, and which hosts its data source has data of."""

from vigie.core.http.asking import Server, TroubleError
from vigie.core.http.fetch_failure import Trouble as FetchFailure
from vigie.doctor.findings.facts import Grafana, HostKey

BOARD = "/api/dashboards/uid/vigie-host"
SOURCE = "/api/datasources/proxy/uid/vigie-prometheus/api/v1/query"
QUERY = 'node_time_seconds{job="node"}'


def read(server: Server) -> Grafana:
    """Return what it has; raise TroubleError when it does not answer."""
    server.json("/api/health")
    hosts: frozenset[HostKey] = frozenset()
    source: FetchFailure | None = None
    try:
        series = server.json(SOURCE, query=QUERY)["data"]["result"]
        hosts = frozenset((sample["metric"].get("dc", ""), sample["metric"].get("instance", "")) for sample in series)
    except TroubleError as error:
        source = error.trouble
    return Grafana(_failure_of(server, BOARD), source, hosts)


def _failure_of(server: Server, path: str) -> FetchFailure | None:
    try:
        server.json(path)
    except TroubleError as error:
        return error.trouble
    return None
