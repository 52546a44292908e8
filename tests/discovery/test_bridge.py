"""The bridge beside a real Consul: what becomes a target, and what ceases to be one."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
import requests

from vigie.stack.servers import find

pytestmark = pytest.mark.integration


def test_a_registered_instance_becomes_a_target_and_a_deregistered_one_ceases_to_be(catalog, bridge, wait_until):
    catalog.register("web", 1, Meta={"label_team": "core"})
    catalog.register("web", 2)
    wait_until(lambda: bridge.ids("web") == ["web-1", "web-2"])
    assert bridge.groups("web")[0]["labels"]["team"] == "core"
    catalog.deregister("web", 1)
    wait_until(lambda: bridge.ids("web") == ["web-2"])
    catalog.deregister("web", 2)
    wait_until(lambda: bridge.groups("web") == [])


def test_an_instance_without_the_tag_is_no_target(catalog, bridge, wait_until):
    catalog.register("web", 1, Tags=["other"])
    catalog.register("web", 2)
    wait_until(lambda: bridge.ids("web") == ["web-2"])


def test_the_exporter_is_the_node_s_file(catalog, bridge, wait_until):
    catalog.register("vigie-exporter", 1)
    (group,) = wait_until(lambda: bridge.groups("node"))
    node = catalog.get("/v1/agent/self")["Config"]["NodeName"]
    assert (group["labels"]["job"], group["labels"]["instance"]) == ("node", node)


def test_failing_and_maintained_instances_stay_and_their_health_is_a_metric(catalog, bridge, wait_until):
    catalog.row("web", 1, "warning")
    catalog.row("web", 2, "critical")
    catalog.register("web", 3)
    catalog.maintain("web", 3, "Tuesday")

    def health():
        return [group["labels"]["__meta_consul_health"] for group in bridge.groups("web") or []]

    wait_until(lambda: sorted(health()) == ["critical", "maintenance", "warning"])
    assert bridge.metric('vigie_discovery_target_registered{health="maintenance"') == 1


def test_an_announced_leaving_is_shown_and_then_gone(catalog, bridge, wait_until):
    catalog.register("web", 1)
    catalog.register("web", 2)
    catalog.maintain("web", 1, "vigie: leaving")
    wait_until(lambda: bridge.metric("vigie_discovery_leaving{") == 1)
    catalog.deregister("web", 1)
    wait_until(lambda: bridge.ids("web") == ["web-2"])
    assert bridge.metric("vigie_discovery_leaving{") == 1  # two seconds are less than a scrape's interval
    catalog.register("web", 1)
    wait_until(lambda: bridge.ids("web") == ["web-1", "web-2"] and not bridge.metric("vigie_discovery_leaving{"))


def test_gone_while_critical_is_kept_until_its_node_goes_too(catalog, bridge, wait_until):
    for number in (1, 2):
        catalog.row("web", number, "critical")
    wait_until(lambda: bridge.ids("web") == ["web-1", "web-2"])
    catalog.remove("web", 1)
    wait_until(lambda: bridge.metric("vigie_discovery_lost_targets") == 1)
    assert bridge.ids("web") == ["web-1", "web-2"]
    catalog.remove_node("node-2")
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    catalog.remove_node("node-1")
    wait_until(lambda: bridge.ids("web") == [])


def test_lost_targets_expire(consul, catalog, start_bridge, wait_until):
    bridge = start_bridge(consul.url, "--lost-retention=2")
    catalog.row("web", 1, "critical")
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    catalog.remove("web", 1)
    wait_until(lambda: bridge.metric("vigie_discovery_lost_targets") == 1)
    wait_until(lambda: bridge.ids("web") == [])


def test_a_mass_deregistration_is_held(catalog, bridge, wait_until):
    catalog.fleet("web", 20)
    wait_until(lambda: len(bridge.ids("web") or ()) == 20)
    for number in range(20):
        catalog.remove_node(f"node-{number}")
    wait_until(lambda: bridge.metric("vigie_discovery_held_targets") >= 15)
    wait_until(lambda: bridge.metric('vigie_discovery_target_registered{health="passing"') == 0)
    assert len(bridge.ids("web")) >= 15


def test_a_dead_spot_node_goes_and_another_dead_node_stays(consul, catalog, start_bridge, wait_until):
    bridge = start_bridge(consul.url, "--spot-dead-timeout=1")
    for number, lifecycle in enumerate(["spot", "on-demand"]):
        catalog.row("web", number)
        node = {"Node": f"node-{number}", "Address": "10.0.0.1", "NodeMeta": {"lifecycle": lifecycle}}
        check = {"CheckID": "serfHealth", "Name": "serf", "Status": "critical"}
        catalog.put("/v1/catalog/register", {**node, "Check": check})
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    assert bridge.metric('vigie_discovery_removed_total{reason="spot_dead"}') == 1


def test_hostile_names_harm_nobody(catalog, bridge, wait_until):
    hostile = [
        "../../../../etc/passwd",
        "..",
        "a/../../kv/secret",
        "new\nline",
        'quo"te',
        "x" * 300,
        "né",
        "Web",
        "node",
    ]
    for number, name in enumerate(hostile):
        catalog.row(name, number)
    catalog.row("web", 50)
    wait_until(lambda: bridge.ids("web") == ["web-50"])
    jobs = wait_until(lambda: _jobs(bridge) >= {"web", "Web", 'quo"te', "x" * 300, "né"} and _jobs(bridge))
    assert jobs == {"web", "Web", 'quo"te', "x" * 300, "né"}
    assert bridge.metric('vigie_discovery_refused_total{reason="name"}') == 4
    assert bridge.metric('vigie_discovery_refused_total{reason="reserved_job"}') == 1
    assert all(path.parent == bridge.folder for path in bridge.folder.glob("*.json"))


def _jobs(bridge):
    files = [json.loads(path.read_bytes()) for path in bridge.folder.glob("*.json")]
    return {group["labels"]["job"] for groups in files for group in groups}


def test_more_services_than_connections_are_all_followed(consul, catalog, start_bridge, wait_until):
    services = [f"s{number}" for number in range(30)]
    for number, name in enumerate(services):
        catalog.row(name, number)
    bridge = start_bridge(consul.url, "--watch-connections=3")
    wait_until(lambda: all(bridge.ids(name) for name in services))
    for number, name in enumerate(services):
        catalog.row(name, number, "critical")
    wait_until(lambda: all(bridge.groups(name)[0]["labels"]["__meta_consul_health"] == "critical" for name in services))
    for number, name in enumerate(services):
        catalog.row(name, 100 + number)
    wait_until(lambda: all(len(bridge.ids(name)) == 2 for name in services))
    assert _sockets_to(bridge, consul.port) <= 3 + 7


def _sockets_to(bridge, port):
    """Return how many connections the bridge has to a loopback port (`/proc/<pid>/net/tcp`, proc(5))."""
    of_bridge = {str(path.readlink()) for path in Path(f"/proc/{bridge.running.process.pid}/fd").iterdir()}
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(fields[2].endswith(f":{port:04X}") and f"socket:[{fields[9]}]" in of_bridge for fields in lines)


def test_an_idle_catalog_costs_no_write(catalog, bridge, wait_until):
    catalog.register("web", 1)
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    writes = bridge.metric("vigie_discovery_writes_total")
    for _ in range(5):
        catalog.register("web", 1)  # identical
        catalog.put("/v1/kv/other", "x")
    before = bridge.metric("vigie_discovery_last_success_timestamp_seconds")
    wait_until(lambda: bridge.metric("vigie_discovery_last_success_timestamp_seconds") > before + 1)
    assert bridge.metric("vigie_discovery_writes_total") == writes


def test_the_same_targets_over_http(catalog, bridge, wait_until):
    catalog.register("web", 1)
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    answer = bridge.page("/sd/web")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == bridge.groups("web")
    assert bridge.page("/-/ready").status_code == 200


def test_it_ends_promptly_although_its_queries_wait_for_minutes(catalog, bridge, wait_until):
    catalog.register("web", 1)
    wait_until(lambda: bridge.ids("web") == ["web-1"])
    assert bridge.running.stop(signal.SIGTERM) == 0
    assert "discovery stopped" in bridge.running.log_text()


def test_prometheus_loads_the_folder(catalog, bridge, start_prometheus, tmp_path, wait_until):
    catalog.register("web", 1, Meta={"label_team": "core"})
    catalog.register("vigie-exporter", 1)
    wait_until(lambda: bridge.ids("web") and bridge.ids("node"))
    files = f"['{bridge.folder}/node.json', '{bridge.folder}/app-*.json']"
    configuration = f"scrape_configs:\n- job_name: vigie\n  file_sd_configs: [{{files: {files}}}]\n"
    (tmp_path / "prometheus.yml").write_text(configuration)
    promtool = [find("promtool").path, "check", "config", tmp_path / "prometheus.yml"]
    checked = subprocess.run(promtool, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    prometheus = start_prometheus(configuration)

    def jobs():
        targets = requests.get(prometheus.url + "/api/v1/targets", timeout=20).json()["data"]["activeTargets"]
        return {(target["labels"]["job"], target["labels"].get("team")) for target in targets}

    wait_until(lambda: jobs() == {("web", "core"), ("node", None)})
