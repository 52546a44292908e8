"""Our check beside the real nginx-prometheus-exporter, both asking the same real server."""

import pytest
import requests

from tests.integrations.pages import read_series, read_types

pytestmark = pytest.mark.integration
# Of the exporter itself, and of its Go runtime.
OF_THE_EXPORTER = ("go_", "process_", "promhttp_", "nginx_exporter_")
# Each of the two is a client itself: it asks by a connection, or by one that it keeps.
ASKING = ("nginx_connections_accepted", "nginx_connections_handled", "nginx_http_requests_total")


def of_the_server(mapping):
    return {name: value for name, value in mapping.items() if not name.startswith(OF_THE_EXPORTER)}


@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_names_types_and_values_are_equal(age, start_server, start_peer):
    server = start_server(age=age)
    peer_url = start_peer(server)
    server.get("/stub_status", times=5)
    requests.get(f"{peer_url}/metrics", timeout=10)
    before, page = server.page(), requests.get(f"{peer_url}/metrics", timeout=10).text
    after, peer = server.page(), read_series(page)
    assert read_types(after) == of_the_server(read_types(page))
    low, high, theirs = read_series(before), read_series(after), of_the_server(peer)
    assert high.keys() == theirs.keys()
    assert len(theirs) == 8
    for name in ASKING:
        assert low[name] <= theirs[name] <= high[name] <= low[name] + 3
    standing = theirs.keys() - set(ASKING) - {"nginx_connections_active", "nginx_connections_waiting"}
    assert {name: high[name] for name in standing} == {name: theirs[name] for name in standing}
    assert high["nginx_connections_active"] - 1 == high["nginx_connections_waiting"], "the exporter keeps its own open"


def test_what_happened_is_told(start_server):
    server = start_server()
    before = read_series(server.page())
    server.get("/", times=7)
    after = read_series(server.page())
    assert after["nginx_http_requests_total"] - before["nginx_http_requests_total"] == 8
    assert after["nginx_connections_accepted"] - before["nginx_connections_accepted"] == 2
