"""More services than connections: every change is seen in about a second, and Consul's limit is shared with others."""

import time

import pytest
import requests

pytestmark = pytest.mark.integration
CHECK = {"TTL": "24h", "Status": "passing"}
QUIET = ("--sweep-interval=600s", "--resync-interval=1h")


def port_of(bridge, service):
    return (bridge.groups(service) or [{"targets": [""]}])[0]["targets"][0].rpartition(":")[2]


def put(catalog, number, port):
    catalog.register(f"svc-{number:03}", 1, Port=port, Check=CHECK)


def was_written(catalog, number, port):
    try:
        put(catalog, number, port)
    except requests.ConnectionError:
        return False
    return True


@pytest.fixture
def forty(consul, catalog, start_bridge, wait_until):
    """A bridge beside forty services of which only five have a connection of their own."""
    for number in range(40):
        put(catalog, number, 8000 + number)
    bridge = start_bridge(consul.url, "--watch-connections=5", *QUIET)
    wait_until(lambda: port_of(bridge, "svc-039") == "8039")
    time.sleep(1)
    return bridge


def test_a_port_that_changes_under_the_same_check_is_seen_at_once(forty, catalog, wait_until):
    put(catalog, 39, 7039)
    wait_until(lambda: port_of(forty, "svc-039") == "7039", 5)


def test_an_instance_without_a_check_is_seen_at_once_and_so_is_its_end(forty, catalog, wait_until):
    catalog.register("svc-038", 2)
    wait_until(lambda: forty.ids("svc-038") == ["svc-038-1", "svc-038-2"], 5)
    catalog.deregister("svc-038", 2)
    wait_until(lambda: forty.ids("svc-038") == ["svc-038-1"], 8)


def test_the_meta_of_a_service_beyond_the_connections_is_seen_at_once(forty, catalog, wait_until):
    catalog.register("svc-037", 1, Port=8037, Check=CHECK, Meta={"label_team": "core"})
    wait_until(lambda: forty.groups("svc-037")[0]["labels"].get("team") == "core", 5)


def see_changes_of_services_on_nodes_of_their_own(consul, catalog, start_bridge, wait_until):
    for number in range(30):
        catalog.row(f"svc-{number:03}", number, Port=8000 + number)
    bridge = start_bridge(consul.url, "--watch-connections=5", *QUIET)
    wait_until(lambda: port_of(bridge, "svc-029") == "8029")
    time.sleep(1)
    catalog.row("svc-029", 29, Port=7029)
    wait_until(lambda: port_of(bridge, "svc-029") == "7029", 5)
    catalog.row("svc-028", 40)
    wait_until(lambda: bridge.ids("svc-028") == ["svc-028-28", "svc-028-40"], 5)


def test_where_every_service_has_a_node_of_its_own_a_change_is_seen_too(consul, catalog, start_bridge, wait_until):
    see_changes_of_services_on_nodes_of_their_own(consul, catalog, start_bridge, wait_until)


def test_where_the_catalog_can_t_be_had_in_one_answer_each_service_is_read(
    start_consul, catalog_at, start_bridge, wait_until
):
    consul = start_consul(http_config={"block_endpoints": ["/v1/internal/"]})
    assert requests.get(consul.url + "/v1/internal/ui/nodes", timeout=5).status_code == 403
    see_changes_of_services_on_nodes_of_their_own(consul, catalog_at(consul.url), start_bridge, wait_until)


def test_with_fewer_connections_than_it_wants_it_uses_fewer_and_leaves_some_to_others(
    start_consul, catalog_at, start_bridge, wait_until
):
    consul = start_consul(limits={"http_max_conns_per_client": 40})
    catalog = catalog_at(consul.url)
    for number in range(50):
        put(catalog, number, 8000 + number)
    bridges = [start_bridge(consul.url, "--watch-connections=60", *QUIET) for _ in range(2)]
    for bridge in bridges:
        wait_until(lambda bridge=bridge: port_of(bridge, "svc-049") == "8049" and bridge.ids("svc-000"))
    wait_until(lambda: sum(bridge.metric("vigie_discovery_blocking_queries{") for bridge in bridges) < 30)
    for number in range(6):  # each write is a connection of somebody else, who may have to try again at first
        wait_until(lambda number=number: was_written(catalog, number, 7000 + number), 30)
    for bridge in bridges:
        wait_until(lambda bridge=bridge: port_of(bridge, "svc-005") == "7005", 10)
        assert bridge.page("/-/ready").status_code == 200
    assert "fewer services are followed" in "".join(bridge.running.log_text() for bridge in bridges)
