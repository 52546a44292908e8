"""Our check beside the real apache_exporter, both asking the same real server."""

import re

import pytest
import requests

from tests.integrations.apache.conftest import PLAIN
from tests.integrations.pages import read_series, read_types

pytestmark = pytest.mark.integration
OF_THE_EXPORTER = ("go_", "process_", "promhttp_", "apache_exporter_")
# What asking itself changes, what goes by the clock, and what workers do at the moment.
MOVING = re.compile(r"apache_(load|accesses|sent|duration|cpu|uptime|workers|connections|scoreboard)")
BALANCER = """
ProxyStatus On
<Proxy balancer://shop>
    BalancerMember http://127.0.0.1:{port} route=a
    BalancerMember http://127.0.0.1:9 route=b status=+D
</Proxy>
ProxyPass /shop balancer://shop/
"""


def of_the_server(mapping):
    return {name: value for name, value in mapping.items() if not name.startswith(OF_THE_EXPORTER)}


@pytest.mark.parametrize(("age", "mpm"), [("oldest", "event"), ("newest", "event"), ("newest", "prefork")])
def test_names_types_and_values_are_equal(age, mpm, start_server, start_peer):
    server = start_server(PLAIN + BALANCER, age, mpm)
    peer_url = start_peer(server)
    server.get("/shop/", times=3)
    requests.get(f"{peer_url}/metrics", timeout=10)
    before, page = read_series(server.page()), requests.get(f"{peer_url}/metrics", timeout=10).text
    text = server.page()
    after, theirs = read_series(text), of_the_server(read_series(page))
    assert read_types(text) == of_the_server(read_types(page))
    assert after.keys() == theirs.keys()
    standing = {name for name in theirs if not MOVING.match(name)}
    assert {name: after[name] for name in standing} == {name: theirs[name] for name in standing}
    assert len(standing) >= 12
    for name in theirs:
        if name.endswith("_total") or "_total{" in name:
            assert before[name] <= theirs[name] <= after[name]
    slots = [sum(value for name, value in series.items() if "scoreboard" in name) for series in (theirs, after)]
    assert slots == [10, 10]
    assert after['apache_proxy_balancer_accesses_total{balancer="balancer://shop",worker="http://127.0.0.1:9"}'] == 0
