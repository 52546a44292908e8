"""A token that loses a part of what it could read: Consul says so from 1.11 on, its indexes tell it before."""

import pytest

from vigie.stack.servers import find, is_new_enough

pytestmark = pytest.mark.integration
MANAGEMENT = "11111111-2222-3333-4444-555555555555"
READ = 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }'


@pytest.mark.parametrize("hiding", ['service "db" { policy = "deny" }', 'node_prefix "node-1" { policy = "deny" }'])
def test_a_part_that_is_hidden_stays(start_consul, catalog_at, start_bridge, wait_until, tmp_path, hiding):
    is_told = is_new_enough(find("consul").version, "1.11")
    kind = "initial_management" if is_told else "master"
    consul = start_consul(acl={"enabled": True, "default_policy": "deny", "tokens": {kind: MANAGEMENT}})
    catalog = catalog_at(consul.url, MANAGEMENT)
    policy = catalog.put("/v1/acl/policy", {"Name": "bridge", "Rules": READ}).json()["ID"]
    token = catalog.put("/v1/acl/token", {"Policies": [{"ID": policy}]}).json()["SecretID"]
    (tmp_path / "token").write_text(token)
    catalog.fleet("web", 12)
    catalog.fleet("db", 3)
    bridge = start_bridge(consul.url, f"--consul-token-file={tmp_path / 'token'}", "--resync-interval=2s")
    wait_until(lambda: len(bridge.ids("web") or ()) + len(bridge.ids("db") or ()) == 15)
    catalog.put(f"/v1/acl/policy/{policy}", {"ID": policy, "Name": "bridge", "Rules": f"{READ} {hiding}"})
    catalog.row("other", 50)
    wait_until(lambda: bridge.ids("other"))
    wait_until(lambda: bridge.metric('vigie_discovery_frozen{dc="dc1",reason="filtered"}') == 1)
    assert len(bridge.ids("web") + bridge.ids("db")) == 15
    catalog.put(f"/v1/acl/policy/{policy}", {"ID": policy, "Name": "bridge", "Rules": READ})
    catalog.row("other", 51)
    wait_until(lambda: not bridge.metric('vigie_discovery_frozen{dc="dc1",reason="filtered"}'))
    assert len(bridge.ids("web") + bridge.ids("db")) == 15
    catalog.remove("db", 1)
    wait_until(lambda: len(bridge.ids("db")) == 2)
