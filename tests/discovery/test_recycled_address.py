"""A machine died and its address went to another one: the other is scraped there, and the dead one pages."""

import signal

DEAD = {"CheckID": "serfHealth", "Name": "Serf Health Status", "Status": "critical"}


def put_machine(catalog, name, *, is_dead=False, address="10.0.0.7"):
    for service, port in (("vigie-exporter", 9100), ("shop", 8080)):
        identifier = f"{service}:{name}"
        check = {"CheckID": identifier, "Name": "c", "ServiceID": identifier, "Status": "passing"}
        row = {"ID": identifier, "Service": service, "Port": port, "Tags": ["prometheus"]}
        checks = [check | {"Status": "critical"}, DEAD] if is_dead else [check, DEAD | {"Status": "passing"}]
        catalog.put("/v1/catalog/register", {"Node": name, "Address": address, "Service": row, "Checks": checks})


def hosts(bridge, *jobs):
    return [group["labels"]["host"] for job in jobs for group in bridge.groups(job) or []]


def test_the_dead_machine_is_not_scraped_at_the_living_one_s_address(catalog, bridge, wait_until):
    put_machine(catalog, "old")
    wait_until(lambda: hosts(bridge, "node", "shop") == ["old", "old"])
    put_machine(catalog, "old", is_dead=True)
    wait_until(lambda: bridge.metric('vigie_discovery_target_registered{health="critical"') == 2)
    assert hosts(bridge, "node", "shop") == ["old", "old"]  # nobody else has the address yet: it pages by `up`
    put_machine(catalog, "new")
    wait_until(lambda: hosts(bridge, "node", "shop") == ["new", "new"])
    displaced = 'vigie_discovery_target_displaced{target_dc="dc1",target_host="old",target_instance="old"'
    assert bridge.metric(displaced) == 1
    assert bridge.metric('vigie_discovery_targets{target_job="node"}') == 1
    assert [group["labels"]["host"] for group in bridge.page("/sd/node").json()] == ["new"]
    bridge.running.stop(signal.SIGTERM)
    bridge.running.start()
    wait_until(lambda: bridge.metric(displaced) == 1)
    assert hosts(bridge, "node", "shop") == ["new", "new"]
    catalog.remove_node("old")
    wait_until(lambda: bridge.metric(displaced) == 0)
    assert hosts(bridge, "node", "shop") == ["new", "new"]


def test_a_dead_machine_that_comes_back_elsewhere_is_scraped_there(catalog, bridge, wait_until):
    put_machine(catalog, "old", is_dead=True)
    put_machine(catalog, "new")
    wait_until(lambda: bridge.metric("vigie_discovery_target_displaced{") == 1)
    put_machine(catalog, "old", address="10.0.0.8")
    wait_until(lambda: sorted(hosts(bridge, "node")) == ["new", "old"])
    assert bridge.metric("vigie_discovery_target_displaced{") == 0
