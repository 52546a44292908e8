"""The catalogue and the board beside real Traefiks, the oldest and the newest."""

import pytest

from tests.integrations import native
from tests.integrations.traefik.conftest import WHEELS

pytestmark = pytest.mark.integration


@pytest.fixture
def servers(start_traefik, wait_until):
    servers = {version: start_traefik(version) for version in WHEELS}
    for server in servers.values():
        wait_until(lambda server=server: server.get("/shop") == 200, what="the routes")
        wait_until(lambda server=server: "traefik_service_server_up" in server.page(), what="a health check")
        ask(server)
    return servers


def ask(server):
    statuses = [server.get(path) for path in ("/shop", "/shop/bad", "/shop/none", "/dead", "/nowhere")]
    assert statuses == [200, 500, 404, 502, 404]
    assert server.get_secure("/shop") == 200


def test_the_catalogue_is_what_real_servers_tell(servers):
    # What Go's own runtime tells depends on the Go that it was built with.
    pages = [server.page().replace("# TYPE go_", "# ") for server in servers.values()]
    native.assert_catalogue_is_what_pages_tell("traefik", pages)


def test_every_query_of_the_board_has_data(servers, start_prometheus, wait_until):
    queries = native.list_queries(native.load_board("traefik"))
    assert len(queries) >= 35
    ports = {version: server.port for version, server in servers.items()}
    prometheus = start_prometheus(native.configure("traefik", ports), files={"rules.yml": "groups: []"})

    def ask_again():
        for server in servers.values():
            ask(server)
        for place in [place for place, query in queries.items() if native.has_data(prometheus, query)]:
            del queries[place]
        return not queries

    wait_until(ask_again, what=f"data of {queries}")
