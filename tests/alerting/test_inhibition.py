"""What our routes hold back, asked of a real Alertmanager: one cause, one message."""

import pytest
import requests

from alerting.routes.reading import read_routes
from alerting.routes.receivers import Facts
from alerting.routes.render import render
from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration

HERE = {"host": "web-1", "dc": "par"}
NODE = {"job": "node", "instance": "web-1", **HERE}


def alert(name, severity="warning", /, **labels):
    return {"alertname": name, "severity": severity, **labels}


@pytest.fixture
def suppressed(start_alertmanager, wait_until):
    """Return `suppressed(*alerts)`: the names of those that are held back, with their host."""
    routes = read_routes(builtin("alerting", "routes.yml"))
    files = render(routes, {}, Facts((0, 25), "http://127.0.0.1:1/"), "http://g")
    server = start_alertmanager(files.configuration, files={"vigie.tmpl": files.template})

    def list_alerts():
        return requests.get(server.url + "/api/v2/alerts", timeout=20).json()

    def suppressed(*alerts):
        body = [{"labels": alert} for alert in alerts]
        assert requests.post(server.url + "/api/v2/alerts", json=body, timeout=20).ok
        wait_until(
            lambda: (
                len(list_alerts()) == len(alerts)
                and all(alert["status"]["state"] != "unprocessed" for alert in list_alerts())
            ),
            what="the alerts' states",
        )
        return sorted(
            (alert["labels"]["alertname"], alert["labels"].get("host", ""), alert["labels"].get("dc", ""))
            for alert in list_alerts()
            if alert["status"]["state"] == "suppressed"
        )

    return suppressed


def test_a_machine_that_is_down_explains_all_on_it_and_nothing_elsewhere(suppressed):
    assert suppressed(
        alert("HostDown", "critical", **NODE),
        alert("TargetDown", job="shop", instance="web-1/shop:80", **HERE),
        alert("ContainerUnhealthy", name="shop", **NODE),
        alert("DiskFull", "critical", device="/dev/sda1", **NODE),
        alert("TargetDown", job="shop", instance="web-1/shop:80", host="web-1", dc="lon"),
        alert("TargetDown", job="shop", instance="web-2/shop:80", host="web-2", dc="par"),
        alert("PrometheusRuleFailures", "critical", job="prometheus", instance="p:9090"),
    ) == [("ContainerUnhealthy", "web-1", "par"), ("DiskFull", "web-1", "par"), ("TargetDown", "web-1", "par")]


def test_a_spot_notice_and_a_leaving_hold_the_death_back_but_not_what_is_wrong_with_the_machine(suppressed):
    assert suppressed(
        alert("SpotInterruptionImminent", **NODE),
        alert("HostDown", "critical", **NODE),
        alert("ContainerVanished", "info", name="shop", **HERE),
        alert("DiskFull", "critical", device="/dev/sda1", **NODE),
        alert("HostLeaving", "none", host="web-2", dc="par"),
        alert("HostDown", "critical", job="node", instance="web-2", host="web-2", dc="par"),
        alert("HostDown", "critical", job="node", instance="web-2", host="web-2", dc="lon"),
    ) == [
        # HostDown itself still explains the disk: it is held back only as a message
        ("ContainerVanished", "web-1", "par"),
        ("DiskFull", "web-1", "par"),
        ("HostDown", "web-1", "par"),
        ("HostDown", "web-2", "par"),
    ]


def test_a_mass_outage_is_one_message(suppressed):
    down = [alert("HostDown", "critical", job="node", instance=name, host=name, dc="par") for name in ("a", "b", "c")]
    other = alert("HostDown", "critical", job="node", instance="a", host="a", dc="lon")
    assert suppressed(alert("JobMostlyDown", "critical", job="node", dc="par"), *down, other) == [
        ("HostDown", "a", "par"),
        ("HostDown", "b", "par"),
        ("HostDown", "c", "par"),
    ]


def test_the_same_trouble_is_told_by_its_worst_word(suppressed):
    disk = {**NODE, "device": "/dev/sda1"}
    shop = {"job": "shop", "instance": "web-1/shop:80", **HERE}
    site = {"job": "probe-http", "instance": "https://shop.example/"}
    assert suppressed(
        alert("DiskFull", "critical", **disk),
        alert("DiskFillsIn4h", "critical", **disk),
        alert("DiskFillsIn24h", **disk),
        alert("DiskFillsIn24h", **{**disk, "device": "/dev/sdb1"}),
        alert("ConsulRegisteredTargetDown", "critical", **shop),
        alert("TargetDown", **shop),
        alert("TLSCertExpiresSoon", "critical", **site),
        alert("TLSCertExpires", **site),
        alert("ContainerOOMKilled", name="shop", **NODE),
        alert("OOMKill", **NODE),
        alert("ConsulNoLeader", "critical", dc="par"),
        alert("DiscoveryStale", "critical", job="vigie-discovery", dc="par"),
        alert("Queue", "critical", **shop),
        alert("Queue", "warning", **shop),
    ) == sorted(
        [
            ("DiskFillsIn4h", "web-1", "par"),
            ("DiskFillsIn24h", "web-1", "par"),
            ("TargetDown", "web-1", "par"),
            ("TLSCertExpires", "", ""),
            ("OOMKill", "web-1", "par"),
            ("DiscoveryStale", "", "par"),
            ("Queue", "web-1", "par"),
        ]
    )


def test_a_service_that_fails_behind_traefik_is_told_once_and_its_budget_when_that_is_over(suppressed):
    def burns(name, severity, /, **labels):
        return alert(name, severity, slo="traefik", **labels)

    assert suppressed(
        alert("TraefikHighErrorRate", "critical", service="shop@file", job="traefik", instance="10.0.0.21:8082"),
        burns("SLOBudgetBurns", "warning", service="shop@file"),
        burns("SLOBudgetBurnsFast", "critical", service="shop@file"),  # where the site's own objective pages
        burns("SLOBudgetBurns", "warning", service="api@file"),
        burns("SLOBudgetBurns", "warning", service="shop@file", dc="lon"),
        alert("SLOBudgetBurns", "warning", slo="orders", service="shop@file"),
    ) == [("SLOBudgetBurns", "", ""), ("SLOBudgetBurnsFast", "", "")]


def test_a_critical_alert_of_one_service_says_nothing_of_another(suppressed):
    queue = {"job": "rabbit", "instance": "mq:15692", "host": "mq-1", "dc": "par"}
    assert (
        suppressed(
            alert("QueueLong", "critical", service="shop"),
            alert("QueueLong", "warning", service="mail"),
            alert("QueueFull", "critical", **queue, queue="orders"),
            alert("QueueFull", "warning", **queue, queue="mail"),
            alert("VolumeFull", "critical", namespace="shop"),
            alert("VolumeFull", "warning", namespace="mail"),
        )
        == []
    )


def test_a_dead_exporter_does_not_silence_what_runs_beside_it(suppressed):
    assert (
        suppressed(
            alert("ExporterDown", **NODE),
            alert("ProbeFailed", "critical", job="probe-http", instance="https://shop/", **HERE),
            alert("ShopOrdersFailing", "critical", team="shop", **HERE),
        )
        == []
    )


def test_stages_of_the_same_trouble_are_one_message(suppressed):
    disk = {**NODE, "device": "/dev/sda1", "mountpoint": "/"}
    array = {**NODE, "device": "md0"}
    assert suppressed(
        alert("DiskFull", "critical", **disk),
        alert("DiskNearlyFull", **disk),
        alert("DiskFillsFast", **NODE, device="/dev/sda1"),
        alert("DiskNearlyFull", **{**disk, "device": "/dev/sdb1"}),
        alert("InodesExhausted", "critical", **disk),
        alert("InodesLow", **disk),
        alert("FDExhaustion", "critical", **NODE),
        alert("FDsHigh", **NODE),
        alert("RAIDDegraded", "critical", **array),
        alert("RAIDDiskFailed", **array),
        alert("MemoryErrors", "critical", controller="0", **NODE),
        alert("MemoryErrorsCorrected", controller="0", **NODE),
        alert("RebootLoop", "critical", job="node", instance="web-2", host="web-2", dc="par"),
        alert("HostDown", "critical", job="node", instance="web-2", host="web-2", dc="par"),
        alert("TraefikServiceDown", "critical", service="shop@file", job="traefik"),
        alert("TraefikHighErrorRate", "critical", service="shop@file", job="traefik"),
    ) == sorted(
        [
            ("DiskNearlyFull", "web-1", "par"),
            ("DiskFillsFast", "web-1", "par"),
            ("InodesLow", "web-1", "par"),
            ("FDsHigh", "web-1", "par"),
            ("RAIDDiskFailed", "web-1", "par"),
            ("MemoryErrorsCorrected", "web-1", "par"),
            ("HostDown", "web-2", "par"),
            ("TraefikHighErrorRate", "", ""),
        ]
    )


def test_a_dead_or_leaving_machine_holds_its_servers_back(suppressed):
    def redis(host, dc, name="RedisDown", severity="critical", **labels):
        where = {"job": "app-cache", "instance": f"{host}/cache:6379", "host": host, "dc": dc}
        return alert(name, severity, integration="redis", **where, **labels)

    assert suppressed(
        alert("HostDown", "critical", **NODE),
        redis("web-1", "par"),
        redis("web-1", "par", "IntegrationDown", "warning"),
        redis("web-1", "par", "RedisMemoryHigh", "warning"),
        redis("web-1", "lon"),
        alert("HostLeaving", "none", host="web-2", dc="par"),
        redis("web-2", "par"),
        redis("web-2", "par", "RedisSaveFailed"),  # that it leaves does not explain
        redis("web-3", "par"),
    ) == [
        ("IntegrationDown", "web-1", "par"),
        ("RedisDown", "web-1", "par"),
        ("RedisDown", "web-2", "par"),
        ("RedisMemoryHigh", "web-1", "par"),
    ]


def test_a_daemon_s_end_is_told_once(suppressed):
    docker = {"integration": "docker", "job": "app-docker", "instance": "web-1/docker:9323", **HERE}
    assert suppressed(
        alert("DockerDown", "critical", **docker),
        alert("ContainerDaemonDown", **NODE),
        alert("ContainerDaemonDown", job="node", instance="web-2", host="web-2", dc="par"),
    ) == [("ContainerDaemonDown", "web-1", "par")]


def test_one_trouble_of_a_server_is_one_message(suppressed):
    cache = {"integration": "redis", "job": "app-cache", "instance": "web-1/cache:6379", **HERE}
    other = {**cache, "instance": "web-1/other:6379"}
    assert suppressed(
        alert("RedisDown", "critical", **cache),
        alert("IntegrationDown", **cache),
        alert("IntegrationDown", **other),
        alert("TargetDown", **{**cache, "instance": "web-1/shop:80"}),
        alert("TargetDown", **cache),
        alert("ConsulRegisteredTargetDown", "critical", **cache),
        alert("RedisOutOfMemory", "critical", trouble="memory", **cache),
        alert("RedisMemoryHigh", trouble="memory", **cache),
        alert("RedisMemoryHigh", trouble="memory", **other),
        alert("RedisConnectionsHigh", trouble="connections", **cache),
    ) == [
        ("ConsulRegisteredTargetDown", "web-1", "par"),
        ("IntegrationDown", "web-1", "par"),
        ("RedisMemoryHigh", "web-1", "par"),
        ("TargetDown", "web-1", "par"),
    ]
