"""What a killed exporter left in Consul at another port does not stand in the way of the new one."""

import json
import urllib.request

import pytest

from vigie.stack import proof, stack, stale_registrations
from vigie.stack.settings import Settings

IDS = ["vigie-exporter:web-1:9100", "vigie-exporter:web-1:9200", "vigie-exporter:web-10:9100", "vigie:web-1:db:5432"]


def test_only_this_hosts_exporter_at_another_port_is_left_over():
    assert stale_registrations.find_stale(IDS, "web-1", 9200) == ["vigie-exporter:web-1:9100"]
    assert stale_registrations.find_stale(IDS, "web-2", 9200) == []


@pytest.mark.integration
def test_it_is_deregistered_and_everything_else_stays(consul, tmp_path):
    for identifier in IDS:
        body = json.dumps({"id": identifier, "name": "x", "port": 1}).encode()
        url = consul.url + "/v1/agent/service/register"
        with urllib.request.urlopen(urllib.request.Request(url, body, method="PUT")) as answer:
            assert answer.status == 200
    settings = Settings(consul_port=consul.port, exporter_port=9200)
    stale_registrations.deregister_stale(stack.Layout(settings, tmp_path, {}, "web-1"))
    assert sorted(proof.get_json(consul.url + "/v1/agent/services")) == sorted(IDS[1:])
