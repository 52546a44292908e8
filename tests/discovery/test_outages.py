"""Consul dies, forgets, goes mute or hides things: no target is lost by that."""

import shutil
import signal

import pytest

pytestmark = pytest.mark.integration

FLEET = 4  # so few that the shrink budget alone would let all of them go


@pytest.fixture
def consul(own_consul):
    """Each of these tests does harm to its Consul."""
    return own_consul


@pytest.fixture
def fleet(catalog, bridge, wait_until):
    """A job of a few instances, known to the bridge."""
    for number in range(FLEET):
        catalog.register("web", number)
    wait_until(lambda: len(bridge.ids("web") or ()) == FLEET)
    return catalog


def test_consul_killed_and_started_again_with_its_data(fleet, consul, bridge, wait_until):
    consul.stop(signal.SIGKILL)
    errors = bridge.metric("vigie_discovery_errors_total")
    wait_until(lambda: bridge.metric("vigie_discovery_errors_total") > errors + 3)
    assert len(bridge.ids("web")) == FLEET
    consul.start()
    fleet.register("web", 9)
    wait_until(lambda: len(bridge.ids("web")) == FLEET + 1)


def test_consul_that_hangs(fleet, consul, bridge, wait_until):
    consul.signal(signal.SIGSTOP)
    wait_until(lambda: bridge.metric('vigie_discovery_errors_total{reason="unreachable"}') > 1)
    assert len(bridge.ids("web")) == FLEET
    consul.signal(signal.SIGCONT)
    fleet.register("web", 9)
    wait_until(lambda: len(bridge.ids("web")) == FLEET + 1)


def test_consul_started_again_with_empty_data(fleet, consul, bridge, wait_until):
    for number in range(100):
        fleet.put("/v1/kv/busy", f"{number}")  # an index that the empty Consul does not reach at once
    fleet.register("web", 1, Tags=["prometheus", "changed"])
    wait_until(lambda: "changed" in bridge.groups("web")[1]["labels"]["__meta_consul_tags"])
    consul.stop(signal.SIGKILL)
    shutil.rmtree(consul.folder / "data")
    consul.start()
    wait_until(lambda: bridge.metric('vigie_discovery_frozen{dc="dc1",reason="index"}') == 1)
    wait_until(lambda: bridge.metric("vigie_discovery_held_targets") == FLEET)
    assert len(bridge.ids("web")) == FLEET
    for number in range(FLEET):
        fleet.register("web", number)
    wait_until(lambda: bridge.metric("vigie_discovery_frozen") == 0)
    wait_until(lambda: bridge.metric("vigie_discovery_held_targets") == 0)
    fleet.deregister("web", 0)
    wait_until(lambda: len(bridge.ids("web")) == FLEET - 1)


def test_consul_emptied_while_the_bridge_was_away(fleet, consul, bridge, wait_until):
    for number in range(100):
        fleet.put("/v1/kv/busy", f"{number}")
    fleet.maintain("web", 0, "moves the index of the checks")
    wait_until(lambda: bridge.metric('vigie_discovery_target_registered{health="maintenance"') == 1)
    bridge.running.stop()
    consul.stop(signal.SIGKILL)
    shutil.rmtree(consul.folder / "data")
    consul.start()
    bridge.running.start()
    wait_until(lambda: bridge.metric("vigie_discovery_held_targets") == FLEET)
    assert len(bridge.ids("web")) == FLEET


@pytest.mark.usefixtures("fleet")
def test_a_start_without_consul_keeps_the_targets_of_before(consul, bridge, wait_until):
    bridge.running.stop()
    files = {path: path.stat() for path in bridge.folder.glob("*.json")}
    consul.stop(signal.SIGKILL)
    bridge.running.start()
    wait_until(lambda: bridge.metric("vigie_discovery_errors_total") > 2)
    assert {path: path.stat() for path in bridge.folder.glob("*.json")} == files
    assert bridge.page("/-/ready").status_code == 200
    assert len(bridge.page("/sd/web").json()) == FLEET


def test_a_first_start_without_consul_is_not_ready_and_serves_no_empty_list(start_bridge, free_port):
    bridge = start_bridge(f"http://127.0.0.1:{free_port()}")
    assert bridge.page("/-/ready").status_code == 503
    assert bridge.page("/sd/web").status_code == 503
    assert bridge.page("/-/healthy").status_code == 200


ACL = {"enabled": True, "default_policy": "deny", "tokens": {"master": "11111111-1111-1111-1111-111111111111"}}
READ = 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }'


def test_a_token_that_loses_its_policy_and_gets_it_back(start_consul, catalog_at, start_bridge, wait_until, tmp_path):
    consul = start_consul(acl=ACL)
    catalog = catalog_at(consul.url, ACL["tokens"]["master"])
    policy = catalog.put("/v1/acl/policy", {"Name": "bridge", "Rules": READ}).json()
    token = catalog.put("/v1/acl/token", {"Policies": [{"ID": policy["ID"]}]}).json()["SecretID"]
    (tmp_path / "token").write_text("not-yet-right\n")
    bridge = start_bridge(consul.url, f"--consul-token-file={tmp_path / 'token'}")
    for number in range(FLEET):
        catalog.row("web", number)
    wait_until(lambda: bridge.metric('vigie_discovery_errors_total{reason="status_403"}') > 0)
    (tmp_path / "token").write_text(token + "\n")  # rotated: read again without a restart
    wait_until(lambda: len(bridge.ids("web") or ()) == FLEET)

    catalog.put(f"/v1/acl/policy/{policy['ID']}", {"Name": "bridge", "Rules": 'key "x" { policy = "read" }'})
    catalog.row("web", 50)
    wait_until(lambda: bridge.metric('vigie_discovery_frozen{dc="dc1",reason="canary"}') == 1)
    wait_until(lambda: bridge.metric("vigie_discovery_held_targets") >= FLEET)
    assert len(bridge.ids("web")) >= FLEET

    catalog.put(f"/v1/acl/policy/{policy['ID']}", {"Name": "bridge", "Rules": READ})
    wait_until(lambda: bridge.metric("vigie_discovery_frozen") == 0)
    wait_until(lambda: len(bridge.ids("web")) == FLEET + 1)
    assert bridge.metric("vigie_discovery_held_targets") == 0
