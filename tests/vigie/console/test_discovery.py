"""The discovery page in front of a real `vigie discovery` and a real Consul."""

import sys

import pytest
import requests

pytestmark = pytest.mark.integration

DISCOVERY = [sys.executable, "-m", "vigie", "discovery", "--output", "{folder}/targets", "--settle-window", "0.2"]
LISTEN = ["--web.listen-address", "127.0.0.1:{port}"]


def register(consul, **service):
    body = {"Tags": ["prometheus"], "Port": 9100, "Address": "127.0.0.1", **service}
    requests.put(consul.url + "/v1/agent/service/register", json=body, timeout=10).raise_for_status()


def test_what_discovery_knows_and_what_it_refuses(consul, start_program, serve, get, wait_until):
    register(consul, Name="web", ID="web:1", Meta={"label_team": "shop"})
    register(consul, Name="vigie-exporter", ID="evil:1", Address="192.0.2.1", Meta={"instance": "another"})
    command = [*DISCOVERY, *LISTEN, "--consul-url", consul.url, "--allowed-networks", "127.0.0.0/8"]
    discovery = start_program(command, "/metrics")
    page = serve(discovery=discovery.url).url + "/discovery"
    wait_until(lambda: "1 of 1 targets" in get(page).text, what="the target")
    text = get(page).text
    assert '<span class="status unknown">unknown</span>' in text  # Prometheus is not there
    assert "web:1" in text
    assert 'Refused <span class="quiet">1</span>' in text
    assert "evil:1" in text
    assert "0 of 1 targets" in get(page, params={"q": "team:pay"}).text
    assert "1 of 1 targets" in get(page, params={"q": "team:shop job:web"}).text
