"""Two real datacenters joined over WAN: one set of files for both, and a lost link freezes only what lies behind it."""

import json
import signal

import pytest

pytestmark = pytest.mark.integration


@pytest.fixture
def start_datacenters(start_consul, free_port, wait_until, catalog_at):
    """Return `start_datacenters()`: two Consul servers that know each other, `(consul of dc1, consul of dc2)`."""

    def start_datacenters():
        wan = [free_port(), free_port()]
        first = start_consul(datacenter="dc1", node_name="server-1", ports={"serf_wan": wan[0]})
        second = start_consul(
            datacenter="dc2",
            node_name="server-2",
            ports={"serf_wan": wan[1]},
            retry_join_wan=[f"127.0.0.1:{wan[0]}"],
        )
        for server in (first, second):
            wait_until(lambda server=server: len(catalog_at(server.url).get("/v1/catalog/datacenters")) == 2)
        return first, second

    return start_datacenters


def hosts(bridge, job):
    return sorted((group["labels"]["dc"], group["labels"]["host"]) for group in bridge.groups(job) or ())


def test_a_lost_link_freezes_only_the_targets_behind_it(start_datacenters, catalog_at, start_bridge, wait_until):
    first, second = start_datacenters()
    catalog_1, catalog_2 = catalog_at(first.url), catalog_at(second.url)
    for number in range(3):
        catalog_1.row("web", number)
        catalog_2.row("web", number)  # host names repeat across datacenters
    bridge = start_bridge(first.url, "--datacenters=dc1,dc2")
    both = [(dc, f"node-{number}") for dc in ("dc1", "dc2") for number in range(3)]
    wait_until(lambda: hosts(bridge, "web") == both)

    second.signal(signal.SIGSTOP)
    errors = bridge.metric("vigie_discovery_errors_total")
    catalog_1.remove("web", 2)
    catalog_1.row("web", 7)
    wait_until(lambda: ("dc1", "node-7") in hosts(bridge, "web") and ("dc1", "node-2") not in hosts(bridge, "web"))
    wait_until(lambda: bridge.metric("vigie_discovery_errors_total") > errors + 2)
    assert [(dc, host) for dc, host in hosts(bridge, "web") if dc == "dc2"] == both[3:]

    bridge.running.stop()  # a bridge that starts while the link is away knows both from its files
    bridge.running.start()
    catalog_1.row("web", 8)
    wait_until(lambda: ("dc1", "node-8") in hosts(bridge, "web"))
    assert [(dc, host) for dc, host in hosts(bridge, "web") if dc == "dc2"] == both[3:]
    assert bridge.page("/-/ready").status_code == 200

    second.signal(signal.SIGCONT)
    catalog_2.remove("web", 0)
    wait_until(lambda: ("dc2", "node-0") not in hosts(bridge, "web"))
    assert ("dc1", "node-0") in hosts(bridge, "web")


def test_each_datacenter_has_its_own_budget_and_its_own_say(start_datacenters, catalog_at, start_bridge, wait_until):
    first, second = start_datacenters()
    catalog_1, catalog_2 = catalog_at(first.url), catalog_at(second.url)
    for number in range(12):
        catalog_1.row("web", number)
        catalog_2.row("web", number)
    bridge = start_bridge(first.url, "--datacenters=dc1,dc2")
    wait_until(lambda: len(hosts(bridge, "web")) == 24)
    for number in range(12):
        catalog_2.remove_node(f"node-{number}")
    catalog_1.remove("web", 0)
    wait_until(lambda: bridge.metric("vigie_discovery_held_targets") == 12)
    wait_until(lambda: len(hosts(bridge, "web")) == 23)


def test_a_datacenter_that_was_never_there_is_named_and_the_other_one_served(consul, catalog, start_bridge, wait_until):
    catalog.row("web", 1)
    bridge = start_bridge(consul.url, "--datacenters=dc1,mars")
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    assert bridge.page("/sd/web").status_code == 503
    assert "mars" in bridge.page("/-/ready").text


@pytest.mark.parametrize("flags", [(), ("--datacenters=dc1",)])
def test_a_datacenter_that_left_the_settings_leaves_the_files(consul, catalog, start_bridge, wait_until, flags):
    catalog.row("web", 1)
    bridge = start_bridge(consul.url, *flags)
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    bridge.running.stop()
    for service in ("web", "there"):
        labels = {"dc": "dcz", "host": "h", "job": service, "instance": "10.9.0.1:80"}
        known = {"service": service, "service_id": f"{service}-9", "health": "passing"}
        labels |= {f"__meta_consul_{name}": value for name, value in known.items()}
        path = bridge.folder / f"app-{service}.json"
        groups = json.loads(path.read_bytes()) if path.exists() else []
        path.write_text(json.dumps([*groups, {"targets": ["10.9.0.1:80"], "labels": labels}]))
    bridge.running.start()
    wait_until(lambda: bridge.ids("there") == [] and bridge.ids("web") == ["web-1"])
    assert bridge.metric('vigie_discovery_removed_total{reason="deselected"}') == 2


def test_one_of_two_that_left_the_settings_leaves_the_files(start_datacenters, catalog_at, start_bridge, wait_until):
    first, second = start_datacenters()
    catalog_at(first.url).row("web", 1)
    catalog_at(second.url).row("web", 1)
    catalog_at(second.url).row("there", 2)
    bridge = start_bridge(first.url, "--datacenters=dc1,dc2")
    wait_until(lambda: hosts(bridge, "web") == [("dc1", "node-1"), ("dc2", "node-1")] and hosts(bridge, "there"))
    bridge.running.stop()
    command = bridge.running.command
    command[command.index("--datacenters=dc1,dc2")] = "--datacenters=dc1"
    bridge.running.start()
    wait_until(lambda: hosts(bridge, "web") == [("dc1", "node-1")] and hosts(bridge, "there") == [])
    assert "no longer read" in bridge.running.log_text()


WAN_ADDRESS = "127.0.0.3"


@pytest.mark.parametrize("translates", [True, False])
def test_the_wan_address_counts_where_consul_translates(
    start_consul, free_port, catalog_at, start_bridge, wait_until, translates
):
    """Without an address of its own, or with its node's as the exporter registers it; another address stays."""
    wan = [free_port(), free_port()]
    first = start_consul(
        datacenter="dc1", node_name="server-1", ports={"serf_wan": wan[0]}, translate_wan_addrs=translates
    )
    second = start_consul(
        datacenter="dc2",
        node_name="server-2",
        bind_addr="0.0.0.0",
        advertise_addr="127.0.0.1",
        advertise_addr_wan=WAN_ADDRESS,
        ports={"serf_wan": wan[1]},
        retry_join_wan=[f"127.0.0.1:{wan[0]}"],
        retry_interval_wan="1s",
    )
    catalog = catalog_at(second.url)
    catalog.register("plain", 1)
    catalog.register("own", 1, Address="127.0.0.1")
    catalog.register("other", 1, Address="10.1.2.3")
    wait_until(lambda: "plain" in catalog_at(first.url).get("/v1/catalog/services", dc="dc2"))
    bridge = start_bridge(first.url, "--datacenters=dc1,dc2")
    reached = WAN_ADDRESS if translates else "127.0.0.1"
    expected = {"plain": f"{reached}:8001", "own": f"{reached}:8001", "other": "10.1.2.3:8001"}
    wait_until(lambda: all(bridge.groups(job) for job in expected))
    assert {job: bridge.groups(job)[0]["targets"][0] for job in expected} == expected
