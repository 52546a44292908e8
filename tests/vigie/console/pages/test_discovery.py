"""The discovery page: its rows, and the page in front of a real `vigie discovery` and a real Consul."""

import sys

import pytest
import requests

from vigie.console.pages.discovery import count_targets, join_scrapes

DISCOVERY = [sys.executable, "-m", "vigie", "discovery", "--output", "{folder}/targets", "--settle-window", "0.2"]
LISTEN = ["--web.listen-address", "127.0.0.1:{port}"]


def register(consul, **service):
    body = {"Tags": ["prometheus"], "Port": 9100, "Address": "127.0.0.1", **service}
    requests.put(consul.url + "/v1/agent/service/register", json=body, timeout=10).raise_for_status()


@pytest.mark.integration
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


def test_targets_beside_their_scrapes():
    def target(instance, **more):
        return {"job": "node", "dc": "eu", "instance": instance, "host": instance, "status": "seen", **more}

    targets = [target(name, address="a:1") for name in ("well", "dead", "mute")]
    targets += [target("kept", address="a:1", status="held"), target("probe", address=None)]
    scrapes = {
        "activeTargets": [
            {"labels": {"job": "node", "dc": "eu", "instance": name}, "health": health, "lastError": error}
            for name, health, error in (("well", "up", ""), ("dead", "down", "refused"), ("kept", "up", ""))
        ]
    }
    rows = join_scrapes(targets, scrapes)
    assert [(row.name, row.scrape) for row in rows] == [
        ("kept", "up"),
        ("dead", "down"),
        ("mute", "not_scraped"),
        ("well", "up"),
        ("probe", "probed"),
    ]
    assert rows[1].error == "refused"
    assert count_targets(rows, 2) == {
        "targets": 5,
        "up": 2,
        "down": 1,
        "not_scraped": 1,
        "held": 1,
        "lost": 0,
        "refused": 2,
    }
    assert {row.scrape for row in join_scrapes(targets, None)} == {"unknown"}
