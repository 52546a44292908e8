"""The catalogue and the board beside real HAProxys, the oldest and the newest."""

import pytest
import requests

from tests.fixtures.metrics_page import serving
from tests.integrations import native
from tests.integrations.haproxy.conftest import PACKAGES, read_page

pytestmark = pytest.mark.integration
SECTIONS = """
resolvers names
  nameserver one 127.0.0.1:1
frontend web
  option socket-stats
  bind 127.0.0.1:{web}
  http-request track-sc0 src table clients
  default_backend shop
backend clients
  stick-table type ip size 10 expire 1m store conn_cur
backend shop
  server one 127.0.0.1:{shop} check inter 500ms
"""


@pytest.fixture
def servers(start_haproxy, free_port):
    """Return the HAProxys by version, each with the address of its frontend."""
    with serving(lambda path: (500 if path == "/bad" else 200, b"ok")) as shop:
        servers = {}
        for version in PACKAGES:
            web = free_port()
            server = start_haproxy(SECTIONS.format(web=web, shop=shop), version)
            servers[version] = server, f"http://127.0.0.1:{web}"
        yield servers


def ask(servers):
    for _, url in servers.values():
        statuses = [requests.get(url + path, timeout=10).status_code for path in ("/", "/bad")]
        assert statuses == [200, 500]


def test_the_catalogue_is_what_real_servers_tell(servers):
    ask(servers)
    pages = [read_page(server) for server, _ in servers.values()]
    native.assert_catalogue_is_what_pages_tell("haproxy", pages)


def test_every_query_of_the_board_has_data(servers, start_prometheus, wait_until):
    queries = native.list_queries(native.load_board("haproxy"))
    assert len(queries) > 40
    ports = {version: server.port for version, (server, _) in servers.items()}
    prometheus = start_prometheus(native.configure("haproxy", ports), files={"rules.yml": "groups: []"})

    def ask_again():
        ask(servers)
        for place in [place for place, query in queries.items() if native.has_data(prometheus, query)]:
            del queries[place]
        return not queries

    wait_until(ask_again, what=f"data of {queries}")
