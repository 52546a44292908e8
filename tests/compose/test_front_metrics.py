"""What runs on the front machine is scraped by monitors elsewhere: through Traefik, at the private address alone."""

import re
from urllib.parse import urlsplit

import pytest
import yaml

from tests.compose.compose_files import PRODUCTION, traefik, understood
from vigie.core.builtin import builtin
from vigie.stack.rendering.roles import render_files
from vigie.stack.rendering.settings import Settings

FRONT = PRODUCTION["VIGIE_RENDER_PRIVATE_ADDRESS"]
MONITORS = ("10.0.0.1", "10.0.0.2")
# Which container answers for which job.
SERVERS = {"grafana": "grafana", "vigie-console": "console", "vigie-provision": "drift"}
# Jobs whose targets are found by discovery, or are the monitors' own.
ELSEWHERE = {"node", "prometheus", "alertmanager", "consul", "vigie-discovery"}
NAMED = re.compile(r'job=~?"([a-z|-]+)"')


def targets():
    """Return `(host, port, path)` by job for each target at the front that a monitor's Prometheus has."""
    given = Settings(
        node_name="m-1",
        private_address=MONITORS[0],
        consul_servers=("10.0.0.5",),
        monitors=MONITORS,
        store=f"{FRONT}:8428",
        front=FRONT,
    )
    addresses = {}
    for job in yaml.safe_load(render_files("monitor", given)["prometheus.yml"])["scrape_configs"]:
        for group in job.get("static_configs", ()):
            for target in group["targets"]:
                host, _, port = target.partition(":")
                if host == FRONT:
                    path = group.get("labels", {}).get("__metrics_path__", "/metrics")
                    assert job["job_name"] not in addresses
                    addresses[job["job_name"]] = (host, int(port), path)
    return addresses


def routers():
    """Return the routers of the entry point for machines."""
    _, routes = traefik()
    return {name: router for name, router in routes["routers"].items() if "inside" in router["entryPoints"]}


@pytest.mark.integration
def test_people_and_monitors_reach_traefik_at_different_addresses():
    static, _ = traefik()
    published = understood("compose.front.yaml")["services"]["traefik"]["ports"]
    entries = {port["target"]: (port["host_ip"], port["published"]) for port in published}
    inside = int(static["entryPoints"]["inside"]["address"].strip(":"))
    assert entries.pop(inside) == (FRONT, "8082")
    assert entries == {8080: ("192.0.2.1", "80"), 8443: ("192.0.2.1", "443")}
    trial = understood("compose.yaml")["services"]["traefik"]["ports"]
    assert {port["target"] for port in trial} == {8080, 8443}


@pytest.mark.integration
@pytest.mark.parametrize("job", SERVERS)
def test_a_target_leads_to_its_server_and_to_its_metrics_alone(job):
    _, routes = traefik()
    _, port, path = targets()[job]
    (router,) = (each for each in routers().values() if f"Path(`{path}`)" in each["rule"])
    assert port == 8082
    assert router["rule"] == f"Method(`GET`) && Path(`{path}`)"
    assert router["entryPoints"] == ["inside"]
    assert router["middlewares"] == ["metrics", "nobody"]
    (server,) = routes["services"][router["service"]]["loadBalancer"]["servers"]
    for name, suffix in (("compose.front.yaml", ""), ("compose.yaml", "-1")):
        services = understood(name)["services"]
        url = urlsplit(services["traefik"]["environment"][server["url"]])
        container = SERVERS[job] + (suffix if SERVERS[job] == "drift" else "")
        assert url.hostname == container
        assert container in services
        assert f"127.0.0.1:{url.port}/" in " ".join(services[container]["healthcheck"]["test"])
        assert set(services["traefik"]["networks"]) & set(services[container]["networks"])


def test_nothing_else_is_passed_on_and_no_scrape_counts_as_a_visitor():
    static, routes = traefik()
    assert len(routers()) == len(SERVERS)
    assert routes["middlewares"]["metrics"] == {"replacePath": {"path": "/metrics"}}
    # The console believes Traefik who somebody is.
    assert routes["middlewares"]["nobody"]["headers"]["customRequestHeaders"] == {"X-Forwarded-User": ""}
    assert static["metrics"]["prometheus"]["entryPoint"] == "inside"
    assert static["entryPoints"]["inside"]["observability"] == {"metrics": False, "accessLogs": False}
    for name, router in routes["routers"].items():
        assert "https" in router["entryPoints"] or router["entryPoints"] in (["inside"], ["prometheus"]), name
    assert "!PathPrefix(`/metrics`)" in routes["routers"]["grafana"]["rule"]


@pytest.mark.integration
def test_the_store_is_scraped_where_it_listens():
    words = understood("compose.front.yaml")["services"]["victoria-metrics"]["command"]
    assert f"-httpListenAddr={FRONT}:8428" in words
    assert targets()["victoria-metrics"] == (FRONT, 8428, "/metrics")
    assert targets()["traefik"] == (FRONT, 8082, "/metrics")


def test_every_job_that_an_alert_names_is_scraped():
    texts = [path.read_text() for path in builtin("alerting", "rules").glob("*.yml")]
    named = {job for text in texts for jobs in NAMED.findall(text) for job in jobs.split("|")}
    assert "grafana" in named
    assert named - ELSEWHERE <= set(targets())
